"""Hours of energy statistics that were missed, from what the device recorded.

The recorder's sum goes on from its last row when an entity returns, so the row of that
hour holds all that was missed, and its sum is right. What lacks are the rows before.
"""

from collections.abc import Mapping
from math import inf

from homeassistant.core import HomeAssistant

from ..core.energy.hours import EnergyRow, hourly_rows
from ..core.energy.series import Series
from ..core.windows import HOUR
from .energy_counters import CounterRecord, Counters, async_write_hours

# As far as rows are looked for that others can be put on, s.
REACH = 400 * 86400


async def async_heal_energy(
    hass: HomeAssistant,
    counters: Counters,
    recorded: Mapping[str, Series],
    hours: range,
) -> None:
    """Write the rows of some hours that are over; to write twice is to write once."""
    await async_write_hours(hass, counters, recorded, hours, _missed_rows)


def _missed_rows(record: CounterRecord, hours: range) -> list[EnergyRow]:
    """Return the rows of some hours; none when nothing is known to put them on."""
    counter, known = record.counter, record.known
    # The row of the hour in which it began tells where the sum stood, too.
    before = known.between(hours.start - REACH, hours.start) or known.between(
        hours.start, hours.start + HOUR
    )
    after = known.between(hours.stop, hours.stop + REACH)
    if not before and not after:
        return []
    lag = counter.lag
    series = record.series.between(hours.start - lag, hours.stop).later(lag)
    rows = hourly_rows(
        series,
        rising=counter.rising,
        scale=record.scale,
        before=before[-1].anchor if before else None,
        after=after[0].anchor if after else None,
    )
    first, last = series.times[0], series.times[-1]
    most = after[0].sum if after and counter.rising else inf
    # What the recorder lost in a reset is in none of them.
    return [
        row._replace(sum=min(row.sum, most))
        for row in rows
        if row.start in hours and first <= row.start + HOUR <= last
    ]
