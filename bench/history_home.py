"""A Home Assistant with a recorder and a demand meter, to bring years of history into."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
import json
from pathlib import Path
from tempfile import TemporaryDirectory
import time
from zoneinfo import ZoneInfo

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.core.p1.receiver import Receiver
from custom_components.flukso.core.windows import Source, Window, month_end, month_start
from custom_components.flukso.demand.meter import DemandMeter
from homeassistant.components.recorder import Recorder
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import async_initialize_recorder, get_instance
from homeassistant.setup import async_setup_component
from simulator import make_meter
from simulator.p1_meter import Meter
from simulator.p1_server import TcpLine, listen
from tests.integration.fresh import fresh_home_assistant

BRUSSELS = ZoneInfo("Europe/Brussels")
SUBENTRY = "grid-meter"
QUARTER = 900
HOST = "127.0.0.1"


def energy(start: int) -> float:
    """Return what a home takes in a quarter of an hour, kWh; never quite the same."""
    return 0.05 + (start // QUARTER * 7919 % 1000) / 1000


def quarters(start: int, end: int) -> list[Window]:
    """Return windows that were measured elsewhere."""
    return [
        Window(begin, QUARTER, energy(begin), energy(begin), Source.COUNTER, 1.0)
        for begin in range(start, end, QUARTER)
    ]


def months_until(now: int, count: int) -> list[str]:
    """Return the names of the last so many months but the running one, in order."""
    local = datetime.fromtimestamp(now, BRUSSELS)
    last = local.year * 12 + local.month - 1
    places = (divmod(place, 12) for place in range(last - count, last))
    return [f"{year:04}-{number + 1:02}" for year, number in places]


@dataclass(slots=True)
class Home:
    """A Home Assistant, and the entry of a P1 meter with its demand meter."""

    hass: HomeAssistant
    entry: MockConfigEntry
    line: TcpLine

    @property
    def meter(self) -> DemandMeter:
        """The demand meter."""
        meter: DemandMeter = self.entry.runtime_data.meters[SUBENTRY]
        return meter

    @property
    def recorder(self) -> Recorder:
        """The recorder."""
        return get_instance(self.hass)

    def store(self, months: Iterable[str]) -> None:
        """Put the windows of months on the disk."""
        for month in months:
            bounds = month_start(month, BRUSSELS), month_end(month, BRUSSELS)
            rows = [window.to_row() for window in quarters(*bounds)]
            self._write(month, {"windows": rows})

    def _write(self, name: str, data: object) -> None:
        folder = self.hass.config.path(".storage", "flukso.demand", SUBENTRY)
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"version": 1, "minor_version": 1, "data": data}))

    async def set_up(self) -> None:
        """Put the entry into service, and wait until the recorder is done."""
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settle()

    async def settle(self) -> None:
        """Wait until Home Assistant and its recorder are done."""
        await self.hass.async_block_till_done()
        await self.hass.async_add_executor_job(self.recorder.block_till_done)


@asynccontextmanager
async def recording_home() -> AsyncGenerator[HomeAssistant]:
    """Run a Belgian Home Assistant with a recorder on SQLite, on the disk."""
    with TemporaryDirectory() as folder:
        async with fresh_home_assistant(folder) as hass:
            hass.config.country = "BE"
            hass.config.allowlist_external_dirs = {folder}
            await hass.config.async_set_time_zone("Europe/Brussels")
            async_initialize_recorder(hass)
            config = {"recorder": {"db_url": f"sqlite:///{folder}/home.db"}}
            assert await async_setup_component(hass, "recorder", config)
            await hass.async_add_executor_job(get_instance(hass).block_till_done)
            yield hass


@asynccontextmanager
async def home() -> AsyncGenerator[Home]:
    """Run one with the entry of a P1 meter, which is yet to be set up."""
    meter = make_meter("be-50217", start=int(time.time()))
    async with recording_home() as hass, listen() as line:
        entry = meter_entry(meter, line.port)
        entry.add_to_hass(hass)
        yield Home(hass, entry, line)
        await hass.config_entries.async_unload(entry.entry_id)


def meter_entry(meter: Meter, port: int) -> MockConfigEntry:
    """Return the entry of a meter with a demand meter whose id is known."""
    first = meter.telegram(meter.start)
    assert first is not None
    (telegram,) = Receiver(None).feed(first)
    return MockConfigEntry(
        domain=DOMAIN,
        unique_id=telegram.meter,
        data={
            "kind": "p1_network",
            "host": HOST,
            "port": port,
            "line": "115200_8N1",
            "family": telegram.family.value,
            "demand_offered": True,
        },
        subentries_data=[
            ConfigSubentryDataWithId(
                data={
                    "name": "Grid",
                    "slug": "grid",
                    "profile": "flanders",
                    "vat": 6.0,
                    "floor": 2.5,
                },
                subentry_id=SUBENTRY,
                subentry_type="demand",
                title="Grid",
                unique_id=None,
            )
        ],
    )
