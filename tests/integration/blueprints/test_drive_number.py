"""Drive a number: the charger takes what is left, and never more."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from ..demand.grid import Loads
from ..homes import timestamp
from .house import AutomatedFeed, automate, entities, settle, toggles

NOON = timestamp("2026-03-10 12:00")
INPUTS = ("available_power", "projected_demand", "target")
CURRENT = "input_number.current"
CHARGING = "input_boolean.charging"
# A charger follows its number after a while.
REACTION = 8


class Charger:
    """A car that charges with the current that a number allows."""

    def __init__(self, feed: AutomatedFeed, house: Loads, *, phases: int = 1) -> None:
        """Take a house's own loads beside it."""
        self.feed = feed
        self.house = house
        self.phases = phases
        self.told: list[tuple[int, float]] = []
        self.switched: list[tuple[int, str]] = []

    def loads(self, second: int) -> tuple[int, ...]:
        """Return the watts of the three phases."""
        current = next(
            (amps for at, amps in reversed(self.told) if at + REACTION <= second), 0.0
        )
        if self.switched and self.switched[-1][1] == "off":
            current = 0.0
        own = self.house(second)
        car = [int(current * 230) if phase < self.phases else 0 for phase in range(3)]
        return tuple(watts + more for watts, more in zip(own, car, strict=True))

    async def build(
        self, current: float, *, switch: bool = True, **inputs: Any
    ) -> None:
        """Set everything up at 12:00 with a current."""
        hass = self.feed.hass
        number = {"min": 0, "max": 32, "step": 1, "initial": current}
        assert await async_setup_component(
            hass, "input_number", {"input_number": {"current": number}}
        )
        await toggles(hass, ["charging"], on=True)
        self.note(NOON - 60)
        await self.feed.connect(self.loads, NOON - 10)
        await automate(
            hass,
            "drive_number",
            **entities(self.feed, *INPUTS),
            number=CURRENT,
            **({"switch": CHARGING} if switch else {}),
            phases=self.phases,
            **inputs,
        )

    def note(self, second: int) -> None:
        """Note what has changed."""
        number = self.feed.hass.states.get(CURRENT)
        switch = self.feed.hass.states.get(CHARGING)
        assert number is not None
        assert switch is not None
        if not self.told or self.told[-1][1] != float(number.state):
            self.told.append((second, float(number.state)))
        if not self.switched or self.switched[-1][1] != switch.state:
            self.switched.append((second, switch.state))

    async def charge(self, until: int) -> None:
        """Let the car charge."""
        while self.feed.grid.now < until:
            await self.feed.draw(self.feed.grid.now + 10, chunk=10)
            self.note(self.feed.grid.now)

    def changes(self, start: int, end: int) -> list[float]:
        """Return the currents that were set in a time, after the one before."""
        before = [amps for at, amps in self.told if at <= start][-1:]
        return before + [amps for at, amps in self.told if start < at <= end]

    def rises(self, start: int, end: int) -> int:
        """Return how often the current rose in a time."""
        changes = self.changes(start, end)
        return sum(new > old for old, new in zip(changes, changes[1:], strict=False))


def house(base: int) -> Loads:
    """Return a house that draws a little, with a fridge and a kettle now and then."""

    def loads(second: int) -> tuple[int, ...]:
        fridge = 90 if second % 1200 < 400 else 0
        kettle = 2000 if 3000 <= second % 3600 < 3150 else 0
        return (base, fridge, kettle)

    return loads


def steady_house(base: int) -> Loads:
    """Return a house that always draws the same."""
    return lambda _second: (base, 0, 0)


async def test_charger_takes_what_is_left_and_rests_there(feed: AutomatedFeed) -> None:
    feed.choose(goal=5.0)
    charger = Charger(feed, steady_house(600))
    await charger.build(6)
    await charger.charge(NOON + 1800)

    # (5.0 - 0.1 - 0.6) kW / 230 V = 18.7 A, but 16 A is the maximum.
    assert charger.told[-1][1] == 16
    assert charger.changes(NOON, NOON + 1800) == [6, 10, 14, 16]
    assert all(feed.grid.demand(NOON + 900 * n) <= 5 for n in range(2))


async def test_windows_end_at_the_target_and_not_above(feed: AutomatedFeed) -> None:
    feed.choose(goal=4.0)
    charger = Charger(feed, house(700))
    await charger.build(6, maximum=32)
    await charger.charge(NOON + 4500)

    demands = [feed.grid.demand(NOON + 900 * n) for n in range(5)]
    assert max(demands) <= 4
    assert min(demands) > 3.6
    assert charger.switched == [(NOON - 60, "on")]
    for window in range(NOON, NOON + 4500, 900):
        assert charger.rises(window + 850, window + 900) == 0
        assert charger.rises(window, window + 50) == 0
        # No flapping: few changes in the 90 looks of a window.
        assert len(charger.changes(window, window + 900)) <= 10


async def test_a_kettle_does_not_stop_the_charger(feed: AutomatedFeed) -> None:
    def loads(second: int) -> tuple[int, ...]:
        return (2000 if NOON + 60 <= second < NOON + 180 else 300, 0, 0)

    charger = Charger(feed, loads)
    await charger.build(6)
    await charger.charge(NOON + 900)

    assert [state for _, state in charger.switched] == ["on"]
    assert feed.grid.demand(NOON) <= 2.5


async def test_no_room_stops_the_charger_until_a_later_window(
    feed: AutomatedFeed,
) -> None:
    def loads(second: int) -> tuple[int, ...]:
        return (2400 if NOON + 120 <= second < NOON + 1000 else 500, 0, 0)

    charger = Charger(feed, loads)
    await charger.build(6)
    await charger.charge(NOON + 1800)

    assert [state for _, state in charger.switched] == ["on", "off", "on"]
    off, on = charger.switched[1][0], charger.switched[2][0]
    assert NOON + 120 < off <= NOON + 150
    assert on >= NOON + 1000
    assert dict(charger.told)[charger.told[-1][0]] >= 6
    assert feed.grid.demand(NOON) <= 2.5
    assert feed.grid.demand(NOON + 900) <= 2.5


async def test_without_a_switch_the_number_goes_to_zero_and_back(
    feed: AutomatedFeed,
) -> None:
    def loads(second: int) -> tuple[int, ...]:
        return (2400 if NOON + 120 <= second < NOON + 880 else 500, 0, 0)

    charger = Charger(feed, loads)
    await charger.build(6, switch=False)
    await charger.charge(NOON + 1700)

    amps = charger.changes(NOON, NOON + 1700)
    assert amps.count(0) == 1
    assert amps[amps.index(0) + 1] == 6
    assert feed.grid.demand(NOON) <= 2.5
    assert feed.grid.demand(NOON + 900) <= 2.5


async def test_what_somebody_else_stopped_stays_stopped(
    hass: HomeAssistant, feed: AutomatedFeed
) -> None:
    charger = Charger(feed, steady_house(300))
    await charger.build(6)
    await charger.charge(NOON + 120)
    await hass.services.async_call(
        "homeassistant", "turn_off", {"entity_id": CHARGING}, blocking=True
    )
    await charger.charge(NOON + 1400)
    assert [state for _, state in charger.switched] == ["on", "off"]


@pytest.mark.smoke
@pytest.mark.parametrize("unit", ["W", "kW"])
async def test_units_are_told_apart(
    hass: HomeAssistant, feed: AutomatedFeed, unit: str
) -> None:
    """A user may show a sensor in another unit."""
    await async_setup_component(
        hass, "input_number", {"input_number": {"current": {"min": 0, "max": 32}}}
    )
    factor = 1000 if unit == "W" else 1
    await automate(
        hass,
        "drive_number",
        available_power="sensor.available",
        projected_demand="sensor.projected",
        target="sensor.target",
        number=CURRENT,
        ramp=32,
        phases=3,
    )
    await hass.services.async_call(
        "input_number", "set_value", {"entity_id": CURRENT, "value": 6}, blocking=True
    )
    feed.freezer.move_to("2026-03-10 11:05:00+00:00")
    for name, power in (("target", 9), ("projected", 6), ("available", 9.5)):
        hass.states.async_set(
            f"sensor.{name}",
            str(power * factor),
            {
                "unit_of_measurement": unit,
                "window_start": "2026-03-10T11:00:00+00:00",
                "window_end": "2026-03-10T11:15:00+00:00",
            },
        )
        await settle()
    # (9 - 0.1 - 6) kW x 900 s / 600 s = 4.35 kW = 6.3 A of three phases.
    assert hass.states.is_state(CURRENT, "12.0")
