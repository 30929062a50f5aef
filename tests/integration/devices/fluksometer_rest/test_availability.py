"""An FLM02 that is away, or tells nothing new."""

from collections.abc import Callable

import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN

from .home import NOON, SENSORS, WATER, RestHome

NAME = "Fluksometer 1a2b3c"


async def test_a_device_that_is_away_is_unavailable_until_it_is_back(
    home: RestHome, said: Callable[[], list[str]]
) -> None:
    await home.start()
    await home.run(NOON + 30)
    said()
    home.api.device.faults.start("reboot", duration=100)
    await home.run(NOON + 60)
    assert home.gauge(1).state != STATE_UNAVAILABLE
    await home.run(NOON + 100)
    states = [home.gauge(slot).state for slot in SENSORS]
    assert states == [STATE_UNAVAILABLE] * len(SENSORS)
    assert said() == [f"{NAME}: no answer"]
    await home.run(NOON + 200)
    assert home.gauge(1).state != STATE_UNAVAILABLE
    assert said() == [f"{NAME}: answers again"]


async def test_a_daemon_that_hangs_makes_the_clamps_unavailable(
    home: RestHome, said: Callable[[], list[str]]
) -> None:
    await home.start()
    await home.run(NOON + 30)
    said()
    home.api.device.faults.start("silence")
    await home.run(NOON + 120)
    assert home.gauge(1).state == STATE_UNAVAILABLE
    # Pulses may well stay away.
    assert home.gauge(WATER).state == STATE_UNKNOWN
    assert said() == [f"{NAME}: 3 sensors fell silent"]
    home.api.device.faults.stop("silence")
    await home.run(NOON + 150)
    assert home.gauge(1).state != STATE_UNAVAILABLE
    assert said() == [f"{NAME}: 3 sensors are back"]


@pytest.mark.parametrize("slot", [1, 2])
async def test_a_sensor_that_is_never_told_keeps_none_of_the_others_away(
    home: RestHome, slot: int
) -> None:
    home.api.broken.add(home.sensor(slot))
    await home.start()
    await home.run(NOON + 60)
    assert home.gauge(slot).state == STATE_UNAVAILABLE
    others = [home.gauge(other) for other in (1, 2, 3) if other != slot]
    assert all(float(other.state) > 0 for other in others)
    home.api.broken.clear()
    await home.run(NOON + 120)
    assert home.gauge(slot).state != STATE_UNAVAILABLE


async def test_a_sensor_that_is_switched_off_is_unavailable(
    home: RestHome, said: Callable[[], list[str]]
) -> None:
    await home.start()
    third = home.sensor(3)
    home.api.device.faults.start("config-change")
    await home.run(NOON + 30)
    assert home.state(f"{third}_0_gauge").state == STATE_UNAVAILABLE
    assert home.gauge(1).state != STATE_UNAVAILABLE
    assert f"{NAME}: 1 sensors fell silent" in said()


async def test_a_device_that_is_away_at_the_start_is_tried_again(
    home: RestHome,
) -> None:
    home.api.device.faults.start("reboot", at=NOON - 10, duration=60)
    await home.start()
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    assert home.entry.error_reason_translation_key == "cannot_connect"


async def test_a_minute_of_yesterday_is_not_shown(home: RestHome) -> None:
    home.api.device.faults.start("silence", at=NOON - 60)
    home.lead = -86000
    await home.start()
    assert home.gauge(1).state == STATE_UNKNOWN
    assert home.total(1) == 0


@pytest.mark.parametrize("trouble", ["malformed", "oversize"])
async def test_answers_that_cannot_be_read_are_counted(
    home: RestHome, trouble: str
) -> None:
    await home.start()
    await home.run(NOON + 30)
    home.api.trouble = trouble
    await home.run(NOON + 50)
    assert sum(home.hub.refused.values()) == 2 * len(SENSORS)
    home.api.trouble = None
    await home.run(NOON + 60)
    total = home.total(1)
    assert total == pytest.approx(home.true([1], NOON - 60, NOON + 60) / 1000, abs=1e-4)


async def test_a_device_that_answers_nothing_is_not_asked_all_the_time(
    home: RestHome,
) -> None:
    home.entry = home.make_entry(SENSORS, poll_interval=1)
    home.period = 1
    await home.start()
    home.api.trouble = "error"
    await home.run(NOON + 60)
    assert home.gauge(1).state == STATE_UNAVAILABLE
    asked = home.hub.rounds
    await home.run(NOON + 100)
    assert home.hub.rounds - asked <= 4
