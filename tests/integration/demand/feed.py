"""A Home Assistant with a demand meter, fed with loads that a test decides."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
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
from homeassistant.config_entries import SOURCE_USER, ConfigSubentryDataWithId
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from simulator import Device

from ...brokers import Address, Message
from ..feed import LATENCY, Feed
from .grid import Grid, Loads

BRUSSELS = ZoneInfo("Europe/Brussels")

type WindowData = dict[str, Any]

# As much is published at once.
CHUNK = 300
# The slots of the three clamp ports of an FLM03E come first.
CLAMP_SLOTS = 36
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


class DemandFeed(Feed):
    """A Fluksometer whose clamps carry the loads of a grid."""

    grid: Grid

    def __init__(
        self,
        hass: HomeAssistant,
        broker: Address,
        device: Device,
        freezer: FrozenDateTimeFactory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Prepare an entry that is not set up yet."""
        super().__init__(hass, broker, device, freezer, monkeypatch)
        self._heard: dict[str, dict[str, Any]] = {}

    async def connect(self, loads: Loads, second: int, *, step: int = 10) -> None:
        """Set the entry up; its first demand meter carries these loads from now on."""
        await self.start(second)
        meter = self.meter
        self.grid = Grid(meter.imports, meter.exports, loads, second, step=step)
        self._heard = record_events(self.hass, self.entity_id("window"))

    async def connect_by_form(
        self, loads: Loads, second: int, *, step: int = 300, **form: Any
    ) -> None:
        """Set the entry up, and add a demand meter as a user does.

        One clamp is measured, unless the form says otherwise.
        """
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title=self.entry.title,
            unique_id=self.entry.unique_id,
            data={**self.entry.data, "demand_offered": True},
        )
        await self.start(second)
        clamp = self.clamps("pplus")[:1]
        asked = await self.hass.config_entries.subentries.async_init(
            (self.entry.entry_id, "demand"), context={"source": SOURCE_USER}
        )
        result = await self.hass.config_entries.subentries.async_configure(
            asked["flow_id"], {"import_sensors": clamp, "export_sensors": [], **form}
        )
        assert result["type"] is FlowResultType.CREATE_ENTRY
        await self._changed()
        meter = self.meter
        self.grid = Grid(meter.imports, meter.exports, loads, second, step=step)
        self._heard = record_events(self.hass, self.entity_id("window"))

    async def reconfigure(self, **changes: Any) -> None:
        """Change the demand meter as a user does; None empties a field."""
        (subentry,) = self.entry.subentries.values()
        flow = await self.entry.start_subentry_reconfigure_flow(
            self.hass, subentry.subentry_id
        )
        form = {key: item for key, item in subentry.data.items() if key != "slug"}
        filled = {
            key: item for key, item in (form | changes).items() if item is not None
        }
        result = await self.hass.config_entries.subentries.async_configure(
            flow["flow_id"], filled
        )
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "reconfigure_successful"
        await self._changed()

    async def _changed(self) -> None:
        await self.hass.async_block_till_done()
        await self.fence()

    def choose(self, **settings: Any) -> None:
        """Set a demand meter up by hand, with an id that is known beforehand."""
        data = {
            "name": "Grid",
            "import_sensors": self.clamps("pplus"),
            "export_sensors": self.clamps("pminus"),
            "profile": "flanders",
            "vat": 6.0,
            "floor": 2.5,
            "slug": "grid",
        }
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            entry_id="fluksometer",
            title=self.entry.title,
            unique_id=self.entry.unique_id,
            data={**self.entry.data, "demand_offered": True},
            subentries_data=[
                ConfigSubentryDataWithId(
                    data=data | settings,
                    subentry_id="grid-meter",
                    subentry_type="demand",
                    title="Grid",
                    unique_id=None,
                )
            ],
        )

    def clamps(self, subtype: str) -> list[str]:
        """Return the ids of the clamps' sensors of one kind, by port."""
        return [
            sensor.id
            for sensor in self.device.sensors.values()
            if sensor.slot <= CLAMP_SLOTS and sensor.config["subtype"] == subtype
        ]

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the event entity told so far."""
        return list(self._heard.values())

    @property
    def meter(self) -> DemandMeter:
        """The first demand meter of the entry."""
        meter: DemandMeter = next(iter(self.entry.runtime_data.meters.values()))
        return meter

    def entity_id(self, key: str) -> str:
        """Return the id of an entity of the demand meter."""
        entity_id = er.async_get(self.hass).async_get_entity_id(
            PLATFORM_OF.get(key, "sensor"), DOMAIN, f"{self.meter.subentry_id}_{key}"
        )
        assert entity_id is not None
        return entity_id

    def state(self, key: str) -> State:
        """Return the state of an entity of the demand meter."""
        state = self.hass.states.get(self.entity_id(key))
        assert state is not None
        return state

    def value(self, key: str) -> float:
        """Return the state of an entity of the demand meter as a number."""
        return float(self.state(key).state)

    def told(self, event_type: str) -> list[dict[str, Any]]:
        """Return what the event entity told of one type, without what never varies."""
        return told(self.events, event_type)

    async def draw(self, until: int, *, chunk: int = CHUNK) -> None:
        """Let the clamps measure and publish up to a moment."""
        while self.grid.now < until:
            messages: list[Message] = []
            end = min(until, self.grid.now - self.grid.now % chunk + chunk)
            while self.grid.now < end:
                self.grid.live()
                messages += self.grid.messages()
            await self.arrive(messages)

    async def arrive(self, messages: Iterable[Message]) -> None:
        """Let Home Assistant get messages at the present of the grid."""
        self.freezer.move_to(dt_util.utc_from_timestamp(self.grid.now + LATENCY))
        await self.publish(messages)
        async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done()

    async def miss(self, until: int) -> None:
        """Let the loads run while nothing of it reaches Home Assistant."""
        while self.grid.now < until:
            self.grid.live()
        self.freezer.move_to(dt_util.utc_from_timestamp(until + LATENCY))
        async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done()

    async def unload(self) -> None:
        """Take the entry out of service, as a reload does first."""
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)

    async def load(self) -> None:
        """Put the entry into service again."""
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()
        await self.fence()

    async def reload(self) -> None:
        """Put the entry out of and into service."""
        await self.unload()
        await self.load()

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
        self, statistic_id: str, start: int, end: int | None = None
    ) -> list[StatisticsRow]:
        """Return the hourly rows of a statistic."""
        await async_wait_recording_done(self.hass)
        rows = await get_instance(self.hass).async_add_executor_job(
            lambda: statistics_during_period(
                self.hass,
                dt_util.utc_from_timestamp(start),
                None if end is None else dt_util.utc_from_timestamp(end),
                {statistic_id},
                "hour",
                None,
                {"mean", "min", "max", "sum"},
            )
        )
        return rows.get(statistic_id, [])


def epoch(attribute: str) -> int:
    """Return the Unix seconds of a time as attributes tell it."""
    return int(dt_util.parse_datetime(attribute, raise_on_error=True).timestamp())
