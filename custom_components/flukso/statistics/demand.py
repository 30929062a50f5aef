"""Long-term statistics of demand meters."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from itertools import batched

from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    async_import_statistics,
)
from homeassistant.const import UnitOfPower
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers.recorder import get_instance
from homeassistant.util.unit_conversion import PowerConverter

from ..const import DOMAIN
from ..core.demand.history.statistics import HourRow, hourly_rows, month_row
from ..core.demand.peaks.ledger import Ledger
from ..core.windows import Window

# The recorder may be busy with something else for that long, s.
PATIENCE = 60
# As many rows are given to it at once.
HOURS_OF_MONTH = 31 * 24


def demand_statistic_id(slug: str) -> str:
    """Return the id of the hourly mean, least and highest window demand."""
    return f"{DOMAIN}:{slug}_demand"


def month_peak_statistic_id(slug: str) -> str:
    """Return the id of the month peaks."""
    return f"{DOMAIN}:{slug}_month_peak"


@callback
def async_import_rows(
    hass: HomeAssistant, statistic_id: str, name: str, rows: Iterable[HourRow]
) -> None:
    """Write rows of kW; what is there for the same hours is replaced."""
    statistics = [
        StatisticData(
            start=datetime.fromtimestamp(row.start, UTC),
            mean=row.mean,
            min=row.min,
            max=row.max,
        )
        for row in rows
    ]
    if not statistics or "recorder" not in hass.config.components:
        return
    metadata = StatisticMetaData(
        mean_type=StatisticMeanType.ARITHMETIC,
        has_sum=False,
        name=name,
        source=DOMAIN,
        statistic_id=statistic_id,
        unit_class=PowerConverter.UNIT_CLASS,
        unit_of_measurement=UnitOfPower.KILO_WATT,
    )
    async_add_external_statistics(hass, metadata, statistics)


async def async_keep_pace(hass: HomeAssistant) -> None:
    """Wait until the recorder has written what it was given, so that little is queued.

    While Home Assistant starts it writes nothing; and nobody waits for ever.
    """
    if hass.state is not CoreState.running or "recorder" not in hass.config.components:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await get_instance(hass).async_block_till_done()


async def async_import_sums(
    hass: HomeAssistant, metadata: StatisticMetaData, rows: Sequence[StatisticData]
) -> None:
    """Write hours of an entity's own statistic, a month after the other."""
    for month in batched(rows, HOURS_OF_MONTH, strict=False):
        async_import_statistics(hass, metadata, month)
        await async_keep_pace(hass)


@callback
def async_clear(hass: HomeAssistant, slug: str) -> None:
    """Forget the statistics of a demand meter that was removed."""
    if "recorder" in hass.config.components:
        get_instance(hass).async_clear_statistics(
            [demand_statistic_id(slug), month_peak_statistic_id(slug)]
        )


class DemandStatistics:
    """The hourly demand and the month peaks of one demand meter."""

    def __init__(self, hass: HomeAssistant, slug: str, name: str, zone: tzinfo) -> None:
        """Write by a slug, under a name, with the months of a zone."""
        self._hass = hass
        self._slug = slug
        self._name = name
        self._zone = zone

    @callback
    def write(
        self, windows: Iterable[Window], months: Iterable[str], ledger: Ledger
    ) -> None:
        """Write the hours of windows, and the peaks of months (YYYY-MM)."""
        demand_id = demand_statistic_id(self._slug)
        async_import_rows(
            self._hass, demand_id, f"{self._name} demand", hourly_rows(windows)
        )
        peaks = [
            month_row(month, peak.demand, self._zone)
            for month in sorted(months)
            if (peak := ledger.peak(month)) is not None
        ]
        peak_id = month_peak_statistic_id(self._slug)
        async_import_rows(self._hass, peak_id, f"{self._name} month peak", peaks)

    @callback
    def clear(self) -> None:
        """Forget what was written."""
        async_clear(self._hass, self._slug)
