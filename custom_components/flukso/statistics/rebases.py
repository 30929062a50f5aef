"""Keep what was no consumption out of the sums that the recorder has of a counter.

To the recorder a lower value of a counter that only rises is one that began at zero,
and a higher one consumption. Where a counter was rebased neither is so: a meter was
replaced. The sums from there on are corrected by as much, as a person can do in Home
Assistant's developer tools.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
import logging
import time
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from ..core.counters.shown import Rebase
from ..core.energy.gaps import KnownRow
from .energy import EnergyRows

LOGGER = logging.getLogger(__name__)

# The recorder sums up over so long, s.
PERIOD: Final = 300
# As far as the row before is looked for: until it forgets those of five minutes, s.
REACH: Final = 10 * 86400
# What nothing was recorded of by then never will be, s.
PATIENCE: Final = 86400
# Sums are as exact as floats of the recorder, and counters told to a few digits.
SLACK: Final = 1e-6


async def async_account(
    hass: HomeAssistant, entity_id: str, unit: str | None, rebases: Sequence[Rebase]
) -> list[Rebase]:
    """Correct the sums of an entity; return the rebases that are not in them yet.

    `unit` is that of the rebases. To account twice is to account once.
    """
    if "recorder" not in hass.config.components:
        return []
    recorder = get_instance(hass)
    await recorder.async_block_till_done()

    def look() -> tuple[list[Rebase], dict[int, float], str | None]:
        rows = EnergyRows.find(hass, entity_id)
        if rows is None or (scale := rows.scale(unit, 1.0)) is None:
            return _recent(rebases), {}, None
        waiting, wrong = _corrections(rows, rebases, scale)
        return waiting, wrong, rows.meta["unit_of_measurement"]

    try:
        waiting, wrong, own = await recorder.async_add_executor_job(look)
    except RuntimeError, SQLAlchemyError:
        # The database is away, as it is when Home Assistant stops: another time.
        LOGGER.debug("The sums of %s cannot be corrected now", entity_id)
        return list(rebases)
    for start, by in wrong.items():
        recorder.async_adjust_statistics(
            entity_id, datetime.fromtimestamp(start, UTC), by, own or ""
        )
    return waiting


def _recent(rebases: Sequence[Rebase]) -> list[Rebase]:
    return [rebase for rebase in rebases if time.time() - rebase.time < PATIENCE]


def _corrections(
    rows: EnergyRows, rebases: Sequence[Rebase], scale: float
) -> tuple[list[Rebase], dict[int, float]]:
    """Return the rebases that no row tells of yet, and what sums are wrong by, by row."""
    start = min(int(rebase.time) for rebase in rebases)
    known = rows.between(start - REACH, int(time.time()) + PERIOD, "5minute")
    shifts: dict[int, float] = {}
    waiting: list[Rebase] = []
    for rebase in rebases:
        place = next(
            (
                place
                for place, row in enumerate(known)
                if row.start + PERIOD > rebase.time
            ),
            None,
        )
        if place is None:
            waiting.append(rebase)
        else:
            shifts[place] = shifts.get(place, 0.0) + rebase.shift * scale
    wrong: dict[int, float] = {}
    for place, shift in shifts.items():
        row = known[place]
        before = known[place - 1] if place else None
        by = _wrong_by(before, row, shift)
        if abs(by) > SLACK:
            wrong[row.start] = by
    return _recent(waiting), wrong


def _wrong_by(before: KnownRow | None, row: KnownRow, shift: float) -> float:
    """Return what is to be added to the sum of a row in which a counter was rebased."""
    if before is not None:
        return row.state - before.state - shift - (row.sum - before.sum)
    # The first row of all: it has counted the rebase alone, if it has.
    counted = min(abs(row.sum - shift), abs(row.sum - row.state))
    return -row.sum if counted < abs(row.sum) / 2 else 0.0
