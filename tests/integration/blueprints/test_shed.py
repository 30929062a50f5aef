"""Shed loads: in which order, how many, and what is switched on again."""

from collections.abc import Iterator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from ..demand.feed import DemandFeed
from ..homes import timestamp
from .house import automate, entities, settle, toggles

NOON = timestamp("2026-03-10 12:00")
NAMES = ("boiler", "car", "dryer")
BOILER, CAR, DRYER = (f"input_boolean.{name}" for name in NAMES)
RISK = "binary_sensor.grid_peak_risk"
WINDOW = "event.grid_window"
MEMORY = "input_text.memory"


class House:
    """Loads, and a demand meter whose states a test decides."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Begin at 12:00 with all loads on."""
        self.hass = hass
        self.freezer = freezer

    async def build(self, **inputs: Any) -> None:
        """Set the loads and the automation up."""
        self.freezer.move_to(dt_util.utc_from_timestamp(NOON))
        await self.hass.config.async_set_time_zone("Europe/Brussels")
        loads = await toggles(self.hass, NAMES, on=True)
        await self.risk("off")
        await self.event("window_closed")
        await automate(
            self.hass, "shed", peak_risk=RISK, window=WINDOW, loads=loads, **inputs
        )

    @property
    def on(self) -> list[str]:
        """Which loads are on."""
        return [
            name
            for name in NAMES
            if self.hass.states.is_state(f"input_boolean.{name}", "on")
        ]

    async def risk(self, state: str) -> None:
        """Let the peak risk turn on or off."""
        self.hass.states.async_set(RISK, state)
        await settle()

    async def event(self, event_type: str) -> None:
        """Let something happen to the window."""
        now = dt_util.utcnow().isoformat(timespec="milliseconds")
        self.hass.states.async_set(WINDOW, now, {"event_type": event_type})
        await settle()

    async def close(self, risk: str = "off") -> None:
        """Let the window close; the next one is at risk or not."""
        self.freezer.tick(1)
        await self.event("window_closed")
        await self.risk(risk)

    async def wait(self, seconds: int) -> None:
        """Let time pass, ten seconds at once at most."""
        for start in range(0, seconds, 10):
            self.freezer.tick(min(10, seconds - start))
            async_fire_time_changed(self.hass)
            await settle()

    async def turn(self, entity_id: str, state: str) -> None:
        """Let somebody turn a load on or off."""
        await self.hass.services.async_call(
            "homeassistant",
            f"turn_{state}",
            {"entity_id": entity_id},
            blocking=True,
        )
        await settle()


@pytest.fixture
def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house that is not set up yet."""
    return House(hass, freezer)


@pytest.mark.smoke
async def test_loads_go_one_after_the_other_until_the_risk_is_gone(
    house: House,
) -> None:
    await house.build()
    await house.risk("on")
    await house.wait(19)
    assert house.on == ["boiler", "car", "dryer"]
    await house.wait(1)
    assert house.on == ["car", "dryer"]
    await house.wait(29)
    assert house.on == ["car", "dryer"]
    await house.wait(1)
    assert house.on == ["dryer"]
    await house.risk("off")
    await house.wait(300)
    assert house.on == ["dryer"]


async def test_loads_return_in_reverse_order_after_the_window(house: House) -> None:
    await house.build()
    await house.risk("on")
    await house.wait(60)
    await house.risk("off")
    assert house.on == ["dryer"]
    await house.wait(300)

    await house.close()
    await house.wait(59)
    assert house.on == ["dryer"]
    await house.wait(1)
    assert house.on == ["car", "dryer"]
    await house.wait(59)
    assert house.on == ["car", "dryer"]
    await house.wait(1)
    assert house.on == ["boiler", "car", "dryer"]


async def test_nothing_returns_while_the_next_window_is_at_risk(house: House) -> None:
    await house.build()
    await house.risk("on")
    await house.wait(20)
    await house.close(risk="on")
    await house.wait(31)
    assert house.on == ["dryer"]
    await house.risk("off")
    await house.wait(600)
    assert house.on == ["dryer"]

    await house.close()
    await house.wait(120)
    assert house.on == ["boiler", "car", "dryer"]


async def test_a_risk_during_the_return_sheds_again(house: House) -> None:
    await house.build()
    await house.risk("on")
    await house.wait(50)
    await house.risk("off")
    await house.close()
    await house.wait(70)
    assert house.on == ["car", "dryer"]
    await house.risk("on")
    await house.wait(1)
    assert house.on == ["dryer"]
    await house.risk("off")
    await house.wait(300)
    assert house.on == ["dryer"]


async def test_a_broken_target_does_not_end_the_window(house: House) -> None:
    await house.build()
    await house.risk("on")
    await house.wait(30)
    await house.risk("off")
    await house.event("target_exceeded")
    await house.wait(300)
    assert house.on == ["car", "dryer"]


async def test_what_was_off_before_stays_off(house: House) -> None:
    await house.build()
    await house.turn(BOILER, "off")
    await house.risk("on")
    await house.wait(20)
    assert house.on == ["dryer"]
    await house.risk("off")
    await house.close()
    await house.wait(300)
    assert house.on == ["car", "dryer"]


async def test_a_load_that_somebody_takes_over_is_theirs(house: House) -> None:
    await house.build()
    await house.risk("on")
    await house.wait(50)
    assert house.on == ["dryer"]
    # On again in spite of the risk: not fought over in this window.
    await house.turn(BOILER, "on")
    await house.wait(60)
    assert house.on == ["boiler"]
    # Off again by the same hand: not switched on.
    await house.turn(BOILER, "off")
    await house.risk("off")
    await house.close()
    await house.wait(300)
    assert house.on == ["car", "dryer"]


async def test_a_load_that_vanishes_returns_in_a_later_window(house: House) -> None:
    await house.build()
    await house.risk("on")
    await house.wait(20)
    await house.risk("off")
    house.hass.states.async_set(BOILER, "unavailable")
    await house.close()
    await house.wait(200)
    house.hass.states.async_set(BOILER, "off")
    await settle()
    await house.wait(60)
    assert house.on == ["boiler", "car", "dryer"]


async def test_an_unknown_risk_is_no_reason_to_return(house: House) -> None:
    await house.build()
    await house.risk("on")
    await house.wait(20)
    await house.close(risk="unavailable")
    await house.wait(300)
    assert house.on == ["car", "dryer"]
    await house.risk("off")
    await house.close()
    await house.wait(60)
    assert house.on == ["boiler", "car", "dryer"]


async def remembering(house: House, value: str) -> None:
    """Build the house again after a restart that interrupted a run."""
    memory = {"memory": {"initial": value, "max": 255}}
    assert await async_setup_component(house.hass, "input_text", {"input_text": memory})
    await house.build(memory=MEMORY)


async def test_a_memory_holds_what_is_off(house: House) -> None:
    await remembering(house, "")
    await house.risk("on")
    await house.wait(50)
    assert house.hass.states.is_state(MEMORY, f"{BOILER},{CAR}")
    await house.risk("off")
    await house.close()
    await house.wait(60)
    assert house.hass.states.is_state(MEMORY, BOILER)
    await house.wait(60)
    assert house.hass.states.is_state(MEMORY, "")
    assert house.on == ["boiler", "car", "dryer"]


async def test_what_a_memory_holds_returns_after_a_restart(house: House) -> None:
    house.hass.set_state(CoreState.not_running)
    await remembering(house, f"{BOILER},{CAR},switch.sold")
    await house.turn(BOILER, "off")
    await house.turn(DRYER, "off")
    await house.hass.async_start()
    await settle()
    await house.wait(120)
    assert house.on == ["car"]
    await house.close()
    await house.wait(60)
    assert house.on == ["boiler", "car"]
    assert house.hass.states.is_state(MEMORY, "")
    await house.wait(600)
    assert house.on == ["boiler", "car"]


@pytest.mark.parametrize(
    ("house", "watts", "sheds"),
    [
        # It takes 5 min until so much is a risk; then nothing may stay on.
        (600, (2000, 2500, 1500), (BOILER, CAR, DRYER)),
        (400, (1500, 1500, 1000), (BOILER, CAR)),
        (1700, (1200, 100, 100), (BOILER,)),
    ],
)
async def test_a_real_demand_meter_is_kept_below_its_target(
    hass: HomeAssistant,
    feed: DemandFeed,
    house: int,
    watts: tuple[int, ...],
    sheds: tuple[str, ...],
) -> None:
    loads = await toggles(hass, NAMES, on=True)

    def drawn(second: int) -> Iterator[int]:
        """Yield what the house draws from 12:01, and what is on."""
        yield house if second >= NOON + 60 else -6000
        yield sum(
            power
            for load, power in zip(loads, watts, strict=True)
            if hass.states.is_state(load, "on")
        )
        yield 0

    await feed.connect(lambda second: tuple(drawn(second)), NOON - 10)
    await automate(hass, "shed", **entities(feed, "peak_risk", "window"), loads=loads)
    shed: set[str] = set()
    while feed.grid.now < NOON + 900:
        await feed.draw(feed.grid.now + 10, chunk=10)
        assert all(hass.states.is_state(load, "off") for load in shed)
        shed |= {load for load in loads if hass.states.is_state(load, "off")}

    assert shed == set(sheds)
    assert feed.grid.demand(NOON) < 2.5

    # The house rests: they return, the last one first.
    returned = []
    feed.grid.loads = lambda _second: (0, 0, 0)
    while feed.grid.now < NOON + 1100:
        await feed.draw(feed.grid.now + 10, chunk=10)
        returned += [
            load
            for load in sorted(shed)
            if hass.states.is_state(load, "on") and load not in returned
        ]
    assert returned == [*reversed(sheds)]
