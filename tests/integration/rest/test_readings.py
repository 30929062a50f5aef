"""From what an FLM02 answers to states."""

import pytest

from .home import CLAMPS, NOON, RestHome

WH = 1000.0


async def test_power_is_the_mean_of_the_time_between_two_questions(
    home: RestHome,
) -> None:
    await home.start()
    await home.run(NOON + 60)
    for slot in CLAMPS:
        # The device cuts watts off.
        mean = home.true([slot], NOON + 50, NOON + 60) * 360
        assert float(home.gauge(slot).state) == pytest.approx(mean, abs=1)


async def test_energy_is_what_has_flowed(home: RestHome) -> None:
    await home.start()
    await home.run(NOON + 1800)
    for slot in CLAMPS:
        # Counters are written just before the question of that second.
        flowed = home.true([slot], NOON - 60, NOON + 1790) / WH
        assert float(home.computed(slot).state) == pytest.approx(flowed, abs=0.0006)
