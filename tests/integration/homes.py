"""What the homes of all tests are built of: a clock that stands still, and an entry.

Each kind of device extends `Home` by what it is read through: a broker, a telegram
line, an HTTP server or the states of other integrations.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
import time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_test_home_assistant,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.demand.meter import DemandMeter
from homeassistant.components.recorder.statistics import (
    StatisticsRow,
    statistics_during_period,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.recorder import get_instance
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from homeassistant.util import dt as dt_util

type WindowData = dict[str, Any]
type Figure = Literal["change", "last_reset", "max", "mean", "min", "state", "sum"]

BRUSSELS = ZoneInfo("Europe/Brussels")
# What a device tells of a second arrives this long after the second has ended.
LATENCY = 0.2
# Long enough for a machine that does much else.
ANSWER_TIMEOUT = 60.0
# Wrapped, because freezing time replaces the function itself in every module.
real_monotonic = partial(time.monotonic)
real_sleep = partial(time.sleep)
# Turns of the event loop without a pause, and how long each further one waits, s.
EAGER_TURNS = 3
BREATH = 0.0001
PLATFORM_OF = {
    "goal": "number",
    "goal_scope": "select",
    "window": "event",
    "peak_risk": "binary_sensor",
    "peak_certain": "binary_sensor",
}


def timestamp(text: str) -> int:
    """Return a Belgian time such as "2026-03-10 14:00" as Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BRUSSELS).timestamp())


def epoch(attribute: str) -> int:
    """Return the Unix seconds of a time as attributes tell it."""
    return int(dt_util.parse_datetime(attribute, raise_on_error=True).timestamp())


async def until(met: Callable[[], bool]) -> None:
    """Let the event loop run until a condition is met, also while time is frozen."""
    deadline = real_monotonic() + ANSWER_TIMEOUT
    turns = 0
    while not met():
        assert real_monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0)
        turns += 1
        if turns > EAGER_TURNS:
            # Brokers and the recorder's thread get nowhere while the loop is spinning.
            real_sleep(BREATH)


async def make_belgian(hass: HomeAssistant) -> None:
    """Let a Home Assistant be in Belgium."""
    hass.config.country = "BE"
    await hass.config.async_set_time_zone("Europe/Brussels")


@asynccontextmanager
async def home_assistant(folder: Path | None = None) -> AsyncGenerator[HomeAssistant]:
    """Run one more Home Assistant that finds the integration; who stops it is asked.

    folder: where its configuration is kept from one start to the next.
    """
    config_dir = None if folder is None else str(folder)
    async with async_test_home_assistant(config_dir=config_dir) as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        yield hass


def device_of(entry: ConfigEntry) -> Any:
    """Return the device of a loaded entry, whatever kind it is."""
    return entry.runtime_data.device


def hub_of(entry: ConfigEntry) -> Any:
    """Return the connection of a loaded entry's device."""
    return device_of(entry).hub


def meters_of(entry: ConfigEntry) -> dict[str, DemandMeter]:
    """Return the demand meters of a loaded entry by subentry id."""
    meters: dict[str, DemandMeter] = entry.runtime_data.meters
    return meters


def record_events(hass: HomeAssistant, entity_id: str) -> dict[str, dict[str, Any]]:
    """Return what an event entity tells from now on, by when, as it comes."""
    heard: dict[str, dict[str, Any]] = {}

    @callback
    def hear(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if event.data["entity_id"] != entity_id or state is None:
            return
        # After a restart the last event is shown again, with its time.
        if state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            heard.setdefault(state.state, dict(state.attributes))

    hass.bus.async_listen(EVENT_STATE_CHANGED, hear)
    return heard


def told(events: Iterable[dict[str, Any]], event_type: str) -> list[dict[str, Any]]:
    """Return the events of one type, without what never varies."""
    left_out = ("event_types", "friendly_name", "event_type")
    return [
        {key: item for key, item in event.items() if key not in left_out}
        for event in events
        if event["event_type"] == event_type
    ]


async def hourly(
    hass: HomeAssistant,
    statistic_id: str,
    start: float,
    end: float | None = None,
    *,
    units: dict[str, str] | None = None,
    figures: Iterable[Figure] = ("mean", "min", "max", "sum"),
) -> list[StatisticsRow]:
    """Return the hourly rows of a statistic, once all is written."""
    await async_wait_recording_done(hass)
    rows = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        dt_util.utc_from_timestamp(start),
        None if end is None else dt_util.utc_from_timestamp(end),
        {statistic_id},
        "hour",
        units,
        set(figures),
    )
    return rows.get(statistic_id, [])


class Home:
    """A Home Assistant with a frozen clock, and an entry of the integration in it."""

    entry: ConfigEntry

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Take what runs already."""
        self.hass = hass
        self.freezer = freezer

    # Time

    def freeze(self, moment: float) -> None:
        """Let it be a moment, Unix seconds, without what is due by then."""
        self.freezer.move_to(dt_util.utc_from_timestamp(moment))

    async def happen(self) -> None:
        """Let happen what is due."""
        async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done()

    async def pass_to(self, moment: float) -> None:
        """Let it be a moment, with all that is due by then."""
        self.freeze(moment)
        await self.happen()

    async def tick(self, seconds: float = 0.0) -> None:
        """Let time pass, with all that is due by then."""
        self.freezer.tick(seconds)
        await self.happen()

    # What the entry holds

    @property
    def hub(self) -> Any:
        """The connection of the entry's device."""
        return hub_of(self.entry)

    @property
    def meters(self) -> dict[str, DemandMeter]:
        """The demand meters of the entry by subentry id."""
        return meters_of(self.entry)

    @property
    def meter(self) -> DemandMeter:
        """The first demand meter of the entry."""
        return next(iter(self.meters.values()))

    async def unload(self) -> None:
        """Take the entry out of service, as a reload does first."""
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)

    # What it shows

    def devices(self) -> list[DeviceEntry]:
        """Return the devices of the entry by their identifiers."""
        found = dr.async_entries_for_config_entry(
            dr.async_get(self.hass), self.entry.entry_id
        )
        return sorted(found, key=lambda device: sorted(device.identifiers))

    def entities(self) -> list[er.RegistryEntry]:
        """Return the registered entities of the entry by unique id."""
        found = er.async_entries_for_config_entry(
            er.async_get(self.hass), self.entry.entry_id
        )
        return sorted(found, key=lambda entity: entity.unique_id)

    def find(self, unique_id: str) -> er.RegistryEntry | None:
        """Return what is registered of an entity; None when nothing is."""
        return next(
            (entity for entity in self.entities() if entity.unique_id == unique_id),
            None,
        )

    def state_by_id(self, unique_id: str) -> State | None:
        """Return the state of an entity; None when it has none."""
        found = self.find(unique_id)
        return None if found is None else self.hass.states.get(found.entity_id)

    def entity_id(self, key: str) -> str:
        """Return the id of an entity of the first demand meter."""
        subentry_id = next(iter(self.entry.subentries))
        entity_id = er.async_get(self.hass).async_get_entity_id(
            PLATFORM_OF.get(key, "sensor"), DOMAIN, f"{subentry_id}_{key}"
        )
        assert entity_id is not None
        return entity_id

    def demand_state(self, key: str) -> State:
        """Return the state of an entity of the first demand meter."""
        state = self.hass.states.get(self.entity_id(key))
        assert state is not None
        return state

    async def windows(self, start: int, end: int, **options: Any) -> list[WindowData]:
        """Return what the action says of the windows of a period."""
        response = await self.hass.services.async_call(
            DOMAIN,
            "get_windows",
            {
                "demand_meter": self.meter.slug,
                "start": dt_util.utc_from_timestamp(start).isoformat(),
                "end": dt_util.utc_from_timestamp(end).isoformat(),
                **options,
            },
            blocking=True,
            return_response=True,
        )
        assert response is not None
        windows: Any = response["windows"]
        return list(windows)

    async def statistics(
        self, statistic_id: str, start: float, end: float | None = None
    ) -> list[StatisticsRow]:
        """Return the hourly rows of a statistic."""
        return await hourly(self.hass, statistic_id, start, end)
