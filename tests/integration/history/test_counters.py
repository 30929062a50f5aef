"""Hours of energy are filled for the counter of any device that recorded it."""

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.flukso.core.energy.series import Series
from custom_components.flukso.history.energy_counters import Counter
from custom_components.flukso.history.energy_gaps import EnergyGaps
from custom_components.flukso.history.energy_healing import async_heal_energy
from custom_components.flukso.statistics.energy import EnergyRows
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util

HOUR = 3600
NOON = 1_773_144_000
ENTITY_ID = "sensor.water"
COUNTER = Counter(
    ENTITY_ID, "tap", rising=True, unit="L", factor=1.0, lag=0, interval=60.0
)
# It counts 30 L every half an hour.
RECORDED = {
    "tap": Series.of([(NOON + place * 1800, 30.0 * place) for place in range(13)])
}


@pytest.fixture
def mock_recorder_before_hass(
    recorder_db_url: str, freezer: FrozenDateTimeFactory
) -> None:
    """Let the recorder choose its database before Home Assistant is made."""
    freezer.move_to(dt_util.utc_from_timestamp(NOON + 7 * HOUR))


async def know(hass: HomeAssistant, unit: str, rows: dict[int, float]) -> None:
    """Let the recorder know rows: what the counter told at the end of an hour."""
    async_import_statistics(
        hass,
        StatisticMetaData(
            mean_type=StatisticMeanType.NONE,
            has_sum=True,
            name=None,
            source="recorder",
            statistic_id=ENTITY_ID,
            unit_class="volume",
            unit_of_measurement=unit,
        ),
        [
            StatisticData(
                start=dt_util.utc_from_timestamp(start), state=value, sum=value
            )
            for start, value in rows.items()
        ],
    )
    await async_wait_recording_done(hass)


async def sums(hass: HomeAssistant) -> dict[int, float]:
    """Return the sums of the hours after noon, by how many hours after."""
    await async_wait_recording_done(hass)

    def read() -> dict[int, float]:
        rows = EnergyRows.find(hass, ENTITY_ID)
        assert rows is not None
        return {
            (row.start - NOON) // HOUR: row.sum
            for row in rows.between(NOON, NOON + 6 * HOUR)
        }

    return await get_instance(hass).async_add_executor_job(read)


async def test_gaps_are_found_and_filled(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    await know(hass, "L", {NOON: 60.0, NOON + 3 * HOUR: 240.0})
    gaps = EnergyGaps(hass, lambda: [COUNTER])
    assert await gaps.async_first(NOON, NOON + 5 * HOUR) == {"tap": NOON + HOUR}
    assert await gaps.async_missing(NOON, NOON + 5 * HOUR) == {
        "tap": [NOON + HOUR, NOON + 2 * HOUR, NOON + 4 * HOUR]
    }
    assert await gaps.async_fill(RECORDED, NOON, NOON + 5 * HOUR) == 3
    assert await sums(hass) == {0: 60, 1: 120, 2: 180, 3: 240, 4: 300}
    assert await gaps.async_fill(RECORDED, NOON, NOON + 5 * HOUR) == 0


async def test_what_was_missed_is_in_the_unit_of_the_rows(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    await know(hass, "m³", {NOON: 0.06})
    hours = range(NOON + HOUR, NOON + 4 * HOUR, HOUR)
    await async_heal_energy(hass, lambda: [COUNTER], RECORDED, hours)
    assert await sums(hass) == {0: 0.06, 1: 0.12, 2: 0.18, 3: 0.24}


@pytest.mark.parametrize(
    "counter",
    [COUNTER._replace(unit="kWh"), COUNTER._replace(sensor="well")],
    ids=["another unit", "not recorded"],
)
async def test_a_counter_that_does_not_fit_is_left_out(
    counter: Counter, recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    await know(hass, "L", {NOON: 60.0})
    hours = range(NOON + HOUR, NOON + 4 * HOUR, HOUR)
    await async_heal_energy(hass, lambda: [counter], RECORDED, hours)
    assert await sums(hass) == {0: 60}


async def test_without_a_recorder_nothing_is_missing(hass: HomeAssistant) -> None:
    gaps = EnergyGaps(hass, lambda: [COUNTER])
    assert await gaps.async_missing(NOON, NOON + HOUR) == {}
    assert await gaps.async_fill(RECORDED, NOON, NOON + HOUR) == 0
