"""What a tariff for peaks bills: which windows, how many of them, at which price."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from ..windows import DECIMALS, QUARTER, Window
from .price import DatedPrice, Price

# Monday is 0, and a public holiday is a day of its own.
HOLIDAY: Final = 7
WORKDAYS: Final = frozenset(range(5))
EVERY_DAY: Final = frozenset(range(HOLIDAY + 1))
EVERY_MONTH: Final = frozenset(range(1, 13))

type IsHoliday = Callable[[date], bool]


def no_holidays(_day: date) -> bool:
    """Know of no public holidays."""
    return False


class Direction(StrEnum):
    """What is billed: what is taken from the grid, or what is fed into it."""

    IMPORT = "import"
    EXPORT = "export"


class Period(StrEnum):
    """The time whose highest windows make a peak."""

    MONTH = "month"
    YEAR = "year"


class FloorScope(StrEnum):
    """What is billed as the floor at least: each month, or the mean of all."""

    MONTH = "month"
    MEAN = "mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Windows that count for `weight` times their demand.

    `days`: 0..6 from Monday, and 7 for public holidays. `hours`: from the first until
    before the second, local time; the night from 22 until 6 is (22, 6).
    """

    weight: float = 1.0
    months: frozenset[int] = EVERY_MONTH
    days: frozenset[int] = EVERY_DAY
    hours: tuple[int, int] = (0, 24)

    def holds(self, moment: datetime, *, holiday: bool) -> bool:
        """Tell whether a window that begins at a local time is one of these."""
        first, end = self.hours
        hour = moment.hour
        within = first <= hour < end if first < end else hour >= first or hour < end
        day = HOLIDAY if holiday else moment.weekday()
        return within and day in self.days and moment.month in self.months


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How the windows of a period become one demand in kW.

    `window` s. The first band that holds a window gives its weight; without bands all
    count, and what no band holds does not. The demand is the mean of the `top` highest
    windows, `different_days` apart if so. `reference` kW: what is drawn above it is
    billed as energy.
    """

    window: int = QUARTER
    direction: Direction = Direction.IMPORT
    bands: tuple[Band, ...] = ()
    top: int = 1
    different_days: bool = False
    reference: float | None = None

    @property
    def plain(self) -> bool:
        """Whether it is the figure that meters keep: the highest quarter of import."""
        figure = (self.window, self.direction, self.bands, self.top)
        return figure == (QUARTER, Direction.IMPORT, (), 1)

    @property
    def months(self) -> frozenset[int]:
        """The months in which windows count."""
        if not self.bands:
            return EVERY_MONTH
        return frozenset().union(*(band.months for band in self.bands))

    def to_text(self) -> str:
        """Return what tells this rule from others."""
        bands = [
            [band.weight, sorted(band.months), sorted(band.days), list(band.hours)]
            for band in self.bands
        ]
        return repr(
            [
                self.window,
                self.direction.value,
                bands,
                self.top,
                self.different_days,
                self.reference,
            ]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A tariff: its rule, the period that it bills, and its price.

    `floor` kW: a lower month counts as this one, or a lower mean. `rolling` months, the running one
    included, whose mean is billed; those without a peak are skipped. `since`: from this
    month on (YYYY-MM), those before it do not count. `zone`: of its months and hours; the home's if
    None. `area`: of the Flemish grid company, whose price counts where `price` is None.
    `vat` %. `dated`: what counts instead of price and VAT in some months.
    """

    rule: Rule = Rule()
    period: Period = Period.MONTH
    rolling: int = 1
    floor: float = 0.0
    floor_scope: FloorScope = FloorScope.MONTH
    since: str = ""
    zone: str | None = None
    price: Price | None = None
    area: str | None = None
    vat: float = 0.0
    dated: tuple[DatedPrice, ...] = ()

    @property
    def month_floor(self) -> float:
        """What each month counts for at least, kW."""
        return self.floor if self.floor_scope is FloorScope.MONTH else 0.0

    def covers(self, month: str, billed: str) -> bool:
        """Tell whether the peak of a month may count on the bill of another.

        A bill of before the tariff began is what it would have been.
        """
        return month >= self.since or billed < self.since


class Calendar:
    """Places windows in a tariff's zone: their days, weights and boundaries."""

    __slots__ = ("_country", "_is_holiday", "rule", "zone")

    def __init__(
        self,
        rule: Rule,
        zone: tzinfo,
        is_holiday: IsHoliday = no_holidays,
        country: str | None = None,
    ) -> None:
        """Follow a rule in a zone with its public holidays, those of a country."""
        self.rule = rule
        self.zone = zone
        self._is_holiday = is_holiday
        self._country = country

    def to_text(self) -> str:
        """Return what tells how it counts windows from how others do."""
        rule = self.rule.to_text()
        return rule if self._country is None else f"{rule} {self._country}"

    def day(self, start: int) -> int:
        """Return the number of the local day in which a window begins (unix s)."""
        return datetime.fromtimestamp(start, self.zone).toordinal()

    def weight(self, start: int) -> float:
        """Return how much of its demand a window counts for; 0 for not at all."""
        bands = self.rule.bands
        if not bands:
            return 1.0
        moment = datetime.fromtimestamp(start, self.zone)
        holiday = self._is_holiday(moment.date())
        held = (band.weight for band in bands if band.holds(moment, holiday=holiday))
        return next(held, 0.0)

    def score(self, window: Window) -> float:
        """Return what a window counts for, kW; rounded, so that equals are equal."""
        return round(window.known_demand * self.weight(window.start), DECIMALS)

    def window_start(self, timestamp: float) -> int:
        """Return the start of the tariff's window that holds a moment, unix s.

        Windows of an hour follow the hours of the zone's standard time, which is not
        whole hours from UTC everywhere.
        """
        length = self.rule.window
        offset = self._standard_offset(timestamp) % length
        return int((timestamp + offset) // length) * length - offset

    def _standard_offset(self, timestamp: float) -> int:
        if self.rule.window == QUARTER:
            return 0
        moment = datetime.fromtimestamp(timestamp, self.zone)
        offset = moment.utcoffset() or timedelta()
        saving = moment.dst() or timedelta()
        return int((offset - saving).total_seconds())
