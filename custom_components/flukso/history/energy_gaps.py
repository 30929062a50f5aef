"""Fill the hours of energy that the recorder lacks, from what somebody kept of them."""

from collections.abc import Callable, Mapping
import time

from homeassistant.core import HomeAssistant

from ..core.energy.gaps import KnownRow, gap_rows, missing_hours
from ..core.energy.hours import EnergyRow
from ..core.energy.series import Series
from ..core.windows import HOUR
from ..statistics.energy import EnergyRows, over_hours
from .energy_counters import (
    CounterRecord,
    Counters,
    async_settled_recorder,
    async_write_hours,
)

# Rows that others can be put on are looked for nearby first, s.
REACHES = (2 * 86400, 60 * 86400, 4000 * 86400)
# As much is looked through at once, s.
SPAN = 100 * 86400
# An entity tells its counter that much later than every interval at most, s.
LATE = 120


class EnergyGaps:
    """The hours that the entities of a device's counters have no rows of.

    What was seen stays: only a row that is older than the end of its hour is replaced.
    """

    def __init__(self, hass: HomeAssistant, counters: Counters) -> None:
        """Look after these counters."""
        self._hass = hass
        self._counters = counters

    async def async_first(self, start: int, end: int) -> dict[str, int]:
        """Return the first missing hour of a period (unix s) by sensor, if any."""
        return await self._async_look(_first, start, end)

    async def async_missing(self, start: int, end: int) -> dict[str, list[int]]:
        """Return the hours of a period without a row by sensor, in order.

        Sensors of which there are no statistics are left out.
        """
        return await self._async_look(_missing, start, end)

    async def async_fill(
        self, recorded: Mapping[str, Series], start: int, end: int
    ) -> int:
        """Write what is missing of a period's hours; return how many rows that were.

        To write twice is to write once.
        """
        hours = range(start - start % HOUR, end, HOUR)
        return await async_write_hours(
            self._hass, self._counters, recorded, hours, _missing_rows
        )

    async def _async_look[T](
        self, look: Callable[[EnergyRows, range], T | None], start: int, end: int
    ) -> dict[str, T]:
        """Return what is seen in the rows of a period by sensor, but for None."""
        hours = over_hours(start - start % HOUR, end)
        if not hours or (recorder := await async_settled_recorder(self._hass)) is None:
            return {}
        sensors = {counter.entity_id: counter.sensor for counter in self._counters()}

        def look_at_all() -> dict[str, T]:
            return {
                sensors[entity_id]: seen
                for entity_id, rows in EnergyRows.find_all(
                    self._hass, {*sensors}
                ).items()
                if (seen := look(rows, hours)) is not None
            }

        return await recorder.async_add_executor_job(look_at_all)


def _missing(rows: EnergyRows, hours: range) -> list[int]:
    known = rows.between(hours.start, hours.stop)
    return missing_hours((row.start for row in known), hours)


def _first(rows: EnergyRows, hours: range) -> int | None:
    for start in range(hours.start, hours.stop, SPAN):
        part = range(start, min(hours.stop, start + SPAN), HOUR)
        if missing := _missing(rows, part):
            return missing[0]
    return None


def _missing_rows(record: CounterRecord, hours: range) -> list[EnergyRow]:
    """Return the rows of those hours that the recorder has none of."""
    counter = record.counter
    return gap_rows(
        record.series.later(counter.lag),
        _around(record.known, hours),
        hours,
        late=counter.interval + LATE,
        rising=counter.rising,
        scale=record.scale,
    )


def _around(known: EnergyRows, hours: range) -> list[KnownRow]:
    """Return the rows of some hours, with two before and one after."""
    before: list[KnownRow] = []
    after: list[KnownRow] = []
    for reach in REACHES:
        before = before or known.between(hours.start - reach, hours.start)[-2:]
        after = after or known.between(hours.stop, hours.stop + reach)[:1]
    if not after:
        # Before the first hour is over, rows of five minutes tell where the sum is.
        now = int(time.time())
        after = known.between(hours.stop, now, "5minute")[:1]
    return [*before, *known.between(hours.start, hours.stop), *after]
