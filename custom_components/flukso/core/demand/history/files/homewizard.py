"""The readings every 15 minutes that the app of HomeWizard exports.

What such files look like, seen in public ones of a P1 meter and of kWh meters: commas,
decimal points, one line per quarter of an hour with what the counters showed when it
began, in local time. Fields are empty while nothing was known:

    time,Import T1 kWh,Import T2 kWh,Export T1 kWh,Export T2 kWh,L1 max W
    time,Import kWh,Export kWh,L1 max W,L2 max W,L3 max W

Other programs file the same with other titles, in Wh, or the energy of each time in
place of the counters. On the day that the clocks go back the order tells the passes of
the doubled hour apart.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from itertools import pairwise
import re
from typing import NamedTuple

from ....tariff.rule import Direction
from ....windows import DECIMALS, QUARTER, Source, Window
from ..intake import MOST_DEMAND
from .errors import Wrong, WrongFile
from .fields import AMOUNT
from .line_times import LineTimes
from .table import Row, Table

DAY = ("datum", "date")
TIME = ("time", "tijd", "heure", "zeit")
STEMS = {
    Direction.IMPORT: (
        "import",
        "afname",
        "verbruik",
        "consum",
        "prelevement",
        "bezug",
    ),
    Direction.EXPORT: ("export", "injecti", "teruglever", "einspeis"),
}
UNIT = re.compile(r"(?:^|[^a-z0-9])(k?)wh(?![a-z0-9])")
TARIFF = re.compile(r"(?:^|[^a-z0-9])(?:t|tariff?|tarief)[ _]?\d(?![0-9])")
MOST_ENERGY = MOST_DEMAND / 4
# A counter that stays lower for so many lines began anew.
STAYED = 4
# Energies fall as often as they rise; counters hardly ever, and few quarters of an
# hour take more than this, kWh.
FALLS = 0.25
USUAL_ENERGY = MOST_ENERGY / 10

# What each column tells at a moment, kWh; None where it is not told.
type Amounts = list[float | None]


class Column(NamedTuple):
    """A field that is read, and how many kWh its unit is."""

    place: int
    scale: float


class Reading(NamedTuple):
    """What a line tells of a moment, unix s."""

    moment: int
    amounts: Amounts


def is_homewizard(table: Table) -> bool:
    """Tell whether a table has times, and counters of energy."""
    return bool(_time_places(table)) and bool(
        _columns(table, Direction.IMPORT) or _columns(table, Direction.EXPORT)
    )


def homewizard_windows(
    table: Table, zone: tzinfo, direction: Direction = Direction.IMPORT
) -> list[Window]:
    """Return the quarters whose energy is known, in order; WrongFile if one is wrong."""
    time_places = _time_places(table)
    if not time_places:
        raise WrongFile(Wrong.NO_COLUMN, column="time")
    columns = _columns(table, direction)
    if not columns:
        raise WrongFile(Wrong.NO_COLUMN, column=f"{direction.value.capitalize()} kWh")
    lines = [*table]
    moments = LineTimes(table, zone, time_places, lines).all()
    readings = [
        Reading(moment, [_amount(table, line, row, column) for column in columns])
        for moment, (line, row) in zip(moments, lines, strict=True)
    ]
    readings.sort(key=lambda reading: reading.moment)
    energies = _energies(readings)
    if not energies:
        apart = {after.moment - before.moment for before, after in pairwise(readings)}
        if apart and min(apart) > QUARTER:
            raise WrongFile(Wrong.NOT_A_QUARTER, line=lines[0][0])
        raise WrongFile(Wrong.NO_WINDOWS)
    return [_window(start, energies[start]) for start in sorted(energies)]


def _time_places(table: Table) -> list[int]:
    """Return where the time is: in one field, or the day in one and the time in one."""
    titles = table.plain_titles
    found = [
        [place for place, title in enumerate(titles) if title.startswith(stems)]
        for stems in (DAY, TIME)
    ]
    return [places[0] for places in found if places]


def _columns(table: Table, direction: Direction) -> list[Column]:
    """Return the counters of a direction: a total, or else those of its tariffs."""
    found: list[tuple[Column, bool]] = []
    for place, title in enumerate(table.plain_titles):
        unit = UNIT.search(title)
        if unit is None or not any(stem in title for stem in STEMS[direction]):
            continue
        column = Column(place, 1.0 if unit[1] else 0.001)
        found.append((column, TARIFF.search(title) is not None))
    totals = [column for column, of_tariff in found if not of_tariff]
    return totals[:1] or [column for column, _ in found]


def _amount(table: Table, line: int, row: Row, column: Column) -> float | None:
    text = row[column.place].strip()
    if not text:
        return None
    if not AMOUNT.fullmatch(text):
        raise WrongFile(Wrong.BAD_AMOUNT, line=line, column=table.titles[column.place])
    return float(text.replace(",", ".")) * column.scale


def _energies(readings: Sequence[Reading]) -> dict[int, float]:
    """Return the energy of quarters in kWh, by their starts."""
    told_of = [
        [
            (moment, amount)
            for (moment, _), amount in zip(readings, column, strict=True)
            if amount is not None
        ]
        for column in zip(*(reading.amounts for reading in readings), strict=True)
    ]
    # Of a tariff that there is not, nothing is ever told.
    columns = [told for told in told_of if told]
    total: Counter[int] = Counter()
    energies: dict[int, float] = {}
    for told in columns:
        found = _of_counter(told) if _is_counter(told) else _of_energies(told)
        for start, energy in found:
            total[start] += 1
            energies[start] = energies.get(start, 0.0) + energy
    return {
        start: energy
        for start, energy in energies.items()
        if total[start] == len(columns) and energy <= MOST_ENERGY
    }


def _is_counter(told: Sequence[tuple[int, float]]) -> bool:
    """Tell whether amounts are what a counter shows, not what was used meanwhile."""
    steps = [after - before for (_, before), (_, after) in pairwise(told)]
    falls, rises = sum(step < 0 for step in steps), sum(step > 0 for step in steps)
    if falls <= FALLS * (falls + rises):
        return True
    return max(amount for _, amount in told) > USUAL_ENERGY


def _of_counter(told: Sequence[tuple[int, float]]) -> Iterator[tuple[int, float]]:
    """Yield what a counter counted in each quarter that it was told at both ends of."""
    believed = dict(_believed(told))
    for start, amount in believed.items():
        end = believed.get(start + QUARTER)
        if start % QUARTER == 0 and end is not None and end >= amount:
            yield start, end - amount


def _believed(told: Sequence[tuple[int, float]]) -> Iterator[tuple[int, float]]:
    """Yield the readings that are no dip or peak: the later ones agree."""
    highest = -1.0
    for place, (moment, amount) in enumerate(told):
        later = [value for _, value in told[place + 1 : place + 1 + STAYED]]
        if amount < highest:
            if len(later) < STAYED or max(later) >= highest:
                continue
        elif later and all(value < amount for value in later):
            continue
        highest = amount
        yield moment, amount


def _of_energies(told: Sequence[tuple[int, float]]) -> Iterator[tuple[int, float]]:
    """Yield the energies of quarters, each of which all parts are told of."""
    apart = Counter(after - before for (before, _), (after, _) in pairwise(told))
    [(step, _)] = apart.most_common(1)
    if step <= 0 or QUARTER % step:
        return
    parts: dict[int, list[float]] = {}
    for moment, amount in told:
        if moment % step == 0:
            parts.setdefault(moment // QUARTER * QUARTER, []).append(amount)
    for start, amounts in parts.items():
        if len(amounts) == QUARTER // step:
            yield start, sum(amounts)


def _window(start: int, energy: float) -> Window:
    energy = round(energy, DECIMALS)
    return Window(start, QUARTER, energy, energy, Source.COUNTER, 1.0)
