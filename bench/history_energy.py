"""Years of hourly energy rows of a Fluksometer's counter, as healing writes them."""

from array import array
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
import time

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.core.energy.series import Series
from custom_components.flukso.devices.fluksometer.history.counters import shown_counters
from custom_components.flukso.history.energy_healing import async_heal_energy
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from tests.brokers import Mosquitto

from .burst import DEVICE_ID, retain_config, sensor_id
from .history_home import HOST, recording_home
from .lag import LagProbe

HOUR = 3600
DAY = 86400
YEAR = 365 * DAY + DAY // 4
# The device is asked for points so far apart, s.
PACE = 600


@asynccontextmanager
async def fluksometer() -> AsyncGenerator[tuple[HomeAssistant, MockConfigEntry]]:
    """Run a Home Assistant with the entry of a Fluksometer."""
    with TemporaryDirectory() as folder:
        broker = Mosquitto(Path(folder))
        broker.start()
        retain_config(broker.port)
        data = {"host": HOST, "port": broker.port, "device_id": DEVICE_ID}
        entry = MockConfigEntry(domain=DOMAIN, unique_id=DEVICE_ID, data=data)
        async with recording_home() as hass:
            entry.add_to_hass(hass)
            assert await hass.config_entries.async_setup(entry.entry_id)
            await hass.async_block_till_done()
            yield hass, entry
            await hass.config_entries.async_unload(entry.entry_id)
        broker.stop()


def anchor(hass: HomeAssistant, entity_id: str, start: int, counted: float) -> None:
    """Let the recorder know one row of an entity."""
    metadata = StatisticMetaData(
        mean_type=StatisticMeanType.NONE,
        has_sum=True,
        name=None,
        source="recorder",
        statistic_id=entity_id,
        unit_class="energy",
        unit_of_measurement="kWh",
    )
    row = StatisticData(
        start=datetime.fromtimestamp(start, UTC), state=counted, sum=counted
    )
    async_import_statistics(hass, metadata, [row])


async def energy_rows(probe: LagProbe, years: int) -> None:
    """Write the hours of years of one counter, before one row that is known."""
    end = int(time.time()) // DAY * DAY
    times = array("L", range(end - years * YEAR, end + PACE, PACE))
    values = array("d", (place * 60.0 for place in range(len(times))))
    recorded = {sensor_id(1): Series(times, values)}
    async with fluksometer() as (hass, entry):
        counters = partial(shown_counters, hass, entry.runtime_data.device.hub)
        recorder = get_instance(hass)
        entity_id = next(
            counter.entity_id
            for counter in counters()
            if counter.sensor == sensor_id(1)
        )
        anchor(hass, entity_id, end, values[-1] / 1000)
        await hass.async_add_executor_job(recorder.block_till_done)
        async with probe:
            hours = range(end - years * YEAR, end, HOUR)
            await async_heal_energy(hass, counters, recorded, hours)
            await hass.async_add_executor_job(recorder.block_till_done)
