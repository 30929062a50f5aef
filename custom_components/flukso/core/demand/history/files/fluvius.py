"""The quarter-hour totals that the portal of Fluvius exports.

What such files look like, seen in public ones in Dutch and English and in what other
readers expect: UTF-8 with a byte order mark, semicolons, decimal commas, one line per
quarter and register, in the order of time. Columns, with or without the brackets:

    Van (datum);Van (tijdstip);Tot (datum);Tot (tijdstip);EAN-code;Meter;Metertype;
    Register;Volume;Eenheid;Validatiestatus;Omschrijving

in English From, Until, EAN code, Meter type, Unit, Validation status, Description. Days
are 31-12-2026 or 31/12/2026; a spreadsheet that saves it again makes them 2026-12-31 or
12/31/2026, and the quarters tell which it is. The EAN-code is a formula for spreadsheets. A quarter is
in the register of its tariff: Afname (Offtake) or Injectie (Injection), Dag (Day),
Nacht (Night) or Actief; what is measured in kVArh or m³ has lines of its own.
Uitgelezen, Gevalideerd, Read: measured. Geschat: estimated, with a volume. Geen
verbruik, No consumption: no volume, and nothing is known, as the line beside an
estimate shows. On the day that the clocks go back, the quarters of the doubled hour
follow each other in pairs, and the first 02:45 ends at 02:00; on the other day there
is no hour from 02:00. No French or German file is public: their columns and words are
found by their stems.
"""

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import NamedTuple

from ....tariff.rule import Direction
from ....windows import DECIMALS, QUARTER, Source, Window
from .errors import Wrong, WrongFile
from .fields import DateOrder, LocalClock, is_ambiguous, kilowatt_hours
from .table import Row, Table, plain

UNIT = "kwh"
# Stems of words, without accents: Dutch, English, French, German.
DAY = ("datum", "date")
TIME = ("tijd", "time", "heure", "zeit")
REGISTER = ("regist",)
VOLUME = ("volum", "menge")
UNITS = ("eenheid", "unit", "einheit")
STATUS = ("valid", "statu")
EAN = ("ean",)
METER = ("meter", "compteur", "zahler")
REGISTERS = {
    Direction.IMPORT: ("afname", "offtake", "prelevement", "entnahme", "bezug"),
    Direction.EXPORT: ("injecti", "einspeisung", "ruckspeisung"),
}
MEASURED = (
    *("uitgelezen", "gelezen", "gemeten", "gevalideerd"),
    *("read", "measured", "validated"),
    *("lu", "relev", "mesur", "valid"),
    *("abgelesen", "ausgelesen", "gemessen"),
)


class Columns(NamedTuple):
    """Where the fields of a line are; -1 for what the file does not tell."""

    day: int
    time: int
    end_day: int
    end_time: int
    register: int
    volume: int
    unit: int
    status: int
    ean: int
    meter: int


def is_fluvius(table: Table) -> bool:
    """Tell whether a table has registers and volumes."""
    return all(_places(table, stems) for stems in (REGISTER, VOLUME))


def fluvius_windows(
    table: Table, zone: tzinfo, direction: Direction = Direction.IMPORT
) -> list[Window]:
    """Return the quarters of an export in order; WrongFile if a line is wrong.

    What is not said to be measured is kept as energy, but counts as not seen.
    """
    # Each as long as the days and times of the file go with it, the usual one first.
    orders = [_Totals(table, zone, direction, order) for order in DateOrder]
    ambiguous: tuple[int, int] | None = None
    for line, row in table:
        orders = _taken(orders, line, row)
        if len(orders) > 1 and ambiguous is None:
            ambiguous = orders[0].ambiguous(line, row)
    if len(orders) > 1 and ambiguous is not None:
        line, place = ambiguous
        raise WrongFile(Wrong.BAD_DATE, line=line, column=table.titles[place])
    return orders[0].windows()


def _taken(orders: Sequence[_Totals], line: int, row: Row) -> list[_Totals]:
    """Return those that take a line; raises what the first says if none does."""
    kept: list[_Totals] = []
    errors: list[WrongFile] = []
    for totals in orders:
        try:
            totals.take(line, row)
        except WrongFile as err:
            errors.append(err)
        else:
            kept.append(totals)
    if not kept:
        raise errors[0]
    return kept


def _places(table: Table, stems: Iterable[str]) -> list[int]:
    return [
        place
        for place, title in enumerate(table.plain_titles)
        if any(stem in title for stem in stems)
    ]


def _columns(table: Table) -> Columns:
    """Return where the fields are; WrongFile when one that is needed is missing."""
    days, times = _places(table, DAY), _places(table, TIME)
    needed = (
        ("Van (datum)", days[:1]),
        ("Van (tijdstip)", times[:1]),
        ("Tot (datum)", days[1:]),
        ("Tot (tijdstip)", times[1:]),
        ("Register", _places(table, REGISTER)),
        ("Volume", _places(table, VOLUME)),
        ("Eenheid", _places(table, UNITS)),
    )
    for name, places in needed:
        if not places:
            raise WrongFile(Wrong.NO_COLUMN, column=name)
    more = (_places(table, stems) for stems in (STATUS, EAN, METER))
    return Columns(
        *(places[0] for _, places in needed),
        *(places[0] if places else -1 for places in more),
    )


class _Totals:
    """The sums of the registers of each quarter."""

    def __init__(
        self, table: Table, zone: tzinfo, direction: Direction, order: DateOrder
    ) -> None:
        self._titles = table.titles
        self._at = _columns(table)
        self._clock = LocalClock(zone, order)
        self._counts: dict[str, bool] = {}
        self._direction = direction
        # The first line that counts, and its connection.
        self._first: tuple[int, str] | None = None
        # Lines by quarter, of each register of each meter.
        self._lines: dict[tuple[str, str], dict[int, int]] = {}
        self._energy: dict[int, float] = {}
        self._unmeasured: set[int] = set()

    def windows(self) -> list[Window]:
        if not self._energy:
            raise WrongFile(Wrong.NO_WINDOWS)
        return [
            _window(start, self._energy[start], measured=start not in self._unmeasured)
            for start in sorted(self._energy)
        ]

    def ambiguous(self, line: int, row: Row) -> tuple[int, int] | None:
        """Return the line and place of a date that may be another day; None if not."""
        places = (self._at.day, self._at.end_day)
        return next(((line, at) for at in places if is_ambiguous(row[at])), None)

    def take(self, line: int, row: Row) -> None:
        """Add a line up, if it counts; raises WrongFile."""
        if row[self._at.unit].strip().casefold() != UNIT:
            return
        volume = row[self._at.volume].strip()
        if not volume or not self._is_counted(line, row[self._at.register]):
            return
        self._check_connection(line, row[self._at.ean] if self._at.ean >= 0 else "")
        energy = kilowatt_hours(volume)
        if energy is None:
            raise self._wrong(Wrong.BAD_AMOUNT, line, self._at.volume)
        start = self._start(line, row)
        self._energy[start] = self._energy.get(start, 0.0) + energy
        if self._at.status >= 0 and not _is_measured(row[self._at.status]):
            self._unmeasured.add(start)

    def _is_counted(self, line: int, register: str) -> bool:
        """Tell whether a register has the direction that is billed."""
        if register not in self._counts:
            name = plain(register)
            found = [
                direction
                for direction, stems in REGISTERS.items()
                if name.startswith(stems)
            ]
            if not found:
                raise self._wrong(Wrong.UNKNOWN_REGISTER, line, self._at.register)
            self._counts[register] = found == [self._direction]
        return self._counts[register]

    def _check_connection(self, line: int, ean: str) -> None:
        if self._first is None:
            self._first = (line, ean)
        first, known = self._first
        if ean != known:
            raise WrongFile(Wrong.OTHER_CONNECTION, line=line, first=first)

    def _start(self, line: int, row: Row) -> int:
        """Return the quarter of a line: of a doubled hour the one that comes next."""
        at = self._at
        for place in (at.day, at.end_day):
            if not self._clock.is_day(row[place]):
                raise self._wrong(Wrong.BAD_DATE, line, place)
        starts = self._clock.moments(row[at.day], row[at.time])
        if not starts:
            raise self._wrong(Wrong.BAD_TIME, line, at.time)
        ends = self._clock.moments(row[at.end_day], row[at.end_time])
        quarters = [
            start
            for start in starts
            if start % QUARTER == 0 and start + QUARTER in ends
        ]
        if not quarters:
            raise WrongFile(Wrong.NOT_A_QUARTER, line=line)
        meter = row[at.meter] if at.meter >= 0 else ""
        lines = self._lines.setdefault((meter, row[at.register]), {})
        for start in quarters:
            if start not in lines:
                lines[start] = line
                return start
        raise WrongFile(Wrong.TWICE, line=line, first=lines[quarters[0]])

    def _wrong(self, wrong: Wrong, line: int, place: int) -> WrongFile:
        return WrongFile(wrong, line=line, column=self._titles[place])


def _is_measured(status: str) -> bool:
    return plain(status).startswith(MEASURED)


def _window(start: int, energy: float, *, measured: bool) -> Window:
    energy = round(energy, DECIMALS)
    return Window(
        start=start,
        length=QUARTER,
        energy=energy,
        certain=energy if measured else 0.0,
        # The difference of the register that is billed: the meter's own demand, where
        # it is known, is finer; the clamps' counters, known before, give way.
        source=Source.COUNTER,
        coverage=1.0 if measured else 0.0,
    )
