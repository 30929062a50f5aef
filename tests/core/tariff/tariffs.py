"""Months of windows for the tests of tariffs, made by plain loops."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
import json
from zoneinfo import ZoneInfo

from custom_components.flukso.core.demand.peaks.bill import Bill, bill
from custom_components.flukso.core.demand.peaks.ledger import Ledger
from custom_components.flukso.core.tariff.known import PROFILES
from custom_components.flukso.core.tariff.price import Price
from custom_components.flukso.core.tariff.rule import (
    Calendar,
    IsHoliday,
    Profile,
    no_holidays,
)
from custom_components.flukso.core.windows import Source, Window

BRUSSELS = ZoneInfo("Europe/Brussels")
# Drawn when nothing else is said, kW.
BASE = 0.4
# Twelve months, each at 2.5 kW at least.
FLEMISH = Profile(rolling=12, floor=2.5)
HOLIDAYS = {date(2026, 1, 1), date(2026, 1, 6), date(2026, 1, 26)}


def local(zone: ZoneInfo, stamp: str, *, fold: int = 0) -> int:
    """Return a local moment, as 2026-03-29 03:00, in unix s; fold 1 in the second."""
    return int(
        datetime.fromisoformat(stamp).replace(tzinfo=zone, fold=fold).timestamp()
    )


def window(
    start: int,
    demand: float,
    length: int = 900,
    *,
    coverage: float = 1.0,
    source: Source = Source.COUNTER,
) -> Window:
    """Return a window of which so many kW are known."""
    energy = demand * length / 3600
    return Window(start, length, energy, energy, source, coverage)


class House:
    """A ledger of a tariff, and the windows that were put into it."""

    def __init__(
        self,
        profile: Profile,
        zone: ZoneInfo = BRUSSELS,
        is_holiday: IsHoliday = no_holidays,
    ) -> None:
        """Start without a month."""
        self.profile = profile
        self.zone = zone
        self.calendar = Calendar(profile.rule, zone, is_holiday)
        self.ledger = Ledger(zone, calendar=self.calendar)

    def live(
        self, since: str, until: str, peaks: Mapping[int, float] | None = None
    ) -> int:
        """Draw little between two local days, more in some windows; return how many."""
        peaks = peaks or {}
        length = self.calendar.rule.window
        starts = range(local(self.zone, since), local(self.zone, until), length)
        assert peaks.keys() <= set(starts)
        for start in starts:
            self.ledger.add(window(start, peaks.get(start, BASE), length))
        quarters = len(starts) * length // 900
        self.ledger.count_energy(since[:7], 0.0, quarters)
        return len(starts)

    def at(self, stamp: str, *, fold: int = 0) -> int:
        """Return a local moment in unix s."""
        return local(self.zone, stamp, fold=fold)

    def demand(self, month: str) -> float | None:
        """Return a month's own demand, kW."""
        peak = self.ledger.peak(month)
        return None if peak is None else peak.demand

    def bill(self, month: str) -> Bill:
        """Return the bill of a month that has one."""
        result = bill(self.ledger, self.profile, month)
        assert result is not None
        return result


def stored(ledger: Ledger, calendar: Calendar) -> Ledger:
    """Return the ledger as it comes back from a file."""
    data = json.loads(json.dumps(ledger.to_dict()))
    return Ledger(calendar.zone, data, calendar)


def seeded(months: Mapping[str, float], profile: Profile = FLEMISH) -> House:
    """Return a house of which only the month peaks are known."""
    house = House(profile)
    for month, demand in months.items():
        house.ledger.seed(month, demand, local(BRUSSELS, f"{month}-15 18:00"))
    return house


def at_price(profile: Profile, area: str = "imewo", vat: float = 6.0) -> Profile:
    """Return a profile that follows the price list of an area."""
    return replace(profile, area=area, vat=vat)


def is_holiday(day: date) -> bool:
    """Tell New Year's day, Epiphany and Australia day from others."""
    return day in HOLIDAYS


def house_of(
    key: str, zone: str, price: Price, is_holiday: IsHoliday = no_holidays
) -> House:
    """Return a house with a shipped tariff at a price."""
    return House(replace(PROFILES[key], price=price), ZoneInfo(zone), is_holiday)
