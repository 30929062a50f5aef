"""The tariff of a demand meter, from what the user chose."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_AREA,
    CONF_DATED_PRICES,
    CONF_DAYS,
    CONF_DIFFERENT_DAYS,
    CONF_DIRECTION,
    CONF_EXPORT_SENSORS,
    CONF_FIRST_HOUR,
    CONF_FLOOR,
    CONF_FLOOR_SCOPE,
    CONF_FROM,
    CONF_IMPORT_SENSORS,
    CONF_LAST_HOUR,
    CONF_MONTHS,
    CONF_PRICE,
    CONF_PRICE_PER,
    CONF_PRICE_STEPS,
    CONF_PROFILE,
    CONF_REFERENCE,
    CONF_ROLLING_MONTHS,
    CONF_RULES,
    CONF_TOP,
    CONF_UNTIL,
    CONF_VAT,
    CONF_WINDOW,
    PROFILE_CUSTOM,
    PROFILE_FLANDERS,
)
from ..core.demand.peaks.bill import (
    Bill,
    Energy,
    bill,
    days_of,
    energy_of_days,
    energy_of_year,
)
from ..core.demand.peaks.ledger import Ledger
from ..core.tariff.known import HOLIDAYS_OF, PROFILES, STEPPED
from ..core.tariff.price import (
    AboveReference,
    DatedPrice,
    Linear,
    Per,
    Price,
    parse_steps,
)
from ..core.tariff.rule import (
    EVERY_DAY,
    EVERY_MONTH,
    WORKDAYS,
    Band,
    Calendar,
    Direction,
    FloorScope,
    IsHoliday,
    Profile,
    Rule,
    no_holidays,
)
from ..core.windows import Window

DAYS_WORKDAYS: Final = "workdays"
MINUTE: Final = 60
WHOLE_DAY: Final = (0, 24)


@dataclass(frozen=True, slots=True)
class Tariff:
    """A profile, and the calendar of its zone."""

    key: str
    profile: Profile
    calendar: Calendar

    def bill(
        self, ledger: Ledger, quarters: Mapping[int, Window], month: str, now: int
    ) -> Bill | None:
        """Return what a month (YYYY-MM) costs as it stands; None without a price.

        `quarters`: the last 31 days at least, by their starts; `now` in unix s.
        """
        energy = Energy(
            month=energy_of_days(quarters, now, days_of(month)),
            year=energy_of_year(ledger, month, self.calendar.zone),
        )
        return bill(ledger, self.profile, month, energy)


async def async_make_tariff(hass: HomeAssistant, data: Mapping[str, Any]) -> Tariff:
    """Return the tariff that the settings of a demand meter describe."""
    key = data.get(CONF_PROFILE, PROFILE_CUSTOM)
    profile = make_profile(key, data)
    zone = dt_util.get_default_time_zone()
    if profile.zone is not None:
        zone = await dt_util.async_get_time_zone(profile.zone) or zone
    country = _country(hass, key, profile)
    is_holiday = await _async_holidays(hass, country)
    return Tariff(key, profile, Calendar(profile.rule, zone, is_holiday, country))


def billed_direction(data: Mapping[str, Any]) -> Direction:
    """Return whether the import or the export of a demand meter is billed."""
    key = data.get(CONF_PROFILE, PROFILE_CUSTOM)
    return _rule(key, data.get(CONF_RULES, {})).direction


def measured_sensors(
    data: Mapping[str, Any],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the sensors of what is billed, and those of the other direction."""
    imports = tuple(data[CONF_IMPORT_SENSORS])
    exports = tuple(data[CONF_EXPORT_SENSORS])
    if billed_direction(data) is Direction.EXPORT:
        return exports, imports
    return imports, exports


def make_profile(key: str, data: Mapping[str, Any]) -> Profile:
    """Return a profile with what the user changed in it."""
    profile = PROFILES[key]
    rules = data.get(CONF_RULES, {})
    rule = _rule(key, rules)
    rolling, scope = profile.rolling, profile.floor_scope
    if key == PROFILE_CUSTOM:
        rolling = int(rules.get(CONF_ROLLING_MONTHS, rolling))
        scope = FloorScope(rules.get(CONF_FLOOR_SCOPE, scope))
    return replace(
        profile,
        rule=rule,
        rolling=rolling,
        floor=data.get(CONF_FLOOR, profile.floor),
        floor_scope=scope,
        vat=data.get(CONF_VAT, profile.vat),
        area=data.get(CONF_AREA) if key == PROFILE_FLANDERS else None,
        price=make_price(key, rule, {**rules, **data}, rules.get(CONF_PRICE_PER)),
        dated=dated_prices(key, rule, data),
    )


def _rule(key: str, rules: Mapping[str, Any]) -> Rule:
    """Return the rule of a profile with what the user changed in it."""
    if key == PROFILE_CUSTOM:
        return custom_rule(rules)
    rule = PROFILES[key].rule
    if rule.reference is None:
        return rule
    return replace(rule, reference=rules.get(CONF_REFERENCE, rule.reference))


def custom_rule(rules: Mapping[str, Any]) -> Rule:
    """Return the rule that the user put together."""
    hours = (
        int(rules.get(CONF_FIRST_HOUR, WHOLE_DAY[0])),
        int(rules.get(CONF_LAST_HOUR, WHOLE_DAY[1])),
    )
    months = frozenset(int(month) for month in rules.get(CONF_MONTHS, ()))
    days = WORKDAYS if rules.get(CONF_DAYS) == DAYS_WORKDAYS else EVERY_DAY
    band = Band(months=months or EVERY_MONTH, days=days, hours=hours)
    default = Rule()
    return Rule(
        window=int(rules.get(CONF_WINDOW, default.window // MINUTE)) * MINUTE,
        direction=Direction(rules.get(CONF_DIRECTION, default.direction)),
        bands=() if band == Band() else (band,),
        top=int(rules.get(CONF_TOP, default.top)),
        different_days=rules.get(CONF_DIFFERENT_DAYS, default.different_days),
        reference=rules.get(CONF_REFERENCE),
    )


def _country(hass: HomeAssistant, key: str, profile: Profile) -> str | None:
    """Return the country whose public holidays matter, None where none do."""
    if all(band.days == EVERY_DAY for band in profile.rule.bands):
        return None
    return HOLIDAYS_OF.get(key, hass.config.country)


async def _async_holidays(hass: HomeAssistant, country: str | None) -> IsHoliday:
    """Return what knows the public holidays of a country."""
    if country is None:
        return no_holidays
    holidays = await async_import_module(hass, "holidays")
    try:
        # It computes a year when it is first asked for.
        return partial(
            _is_in,
            await hass.async_add_executor_job(holidays.country_holidays, country),
        )
    except NotImplementedError:
        return no_holidays


def _is_in(days: Container[date], day: date) -> bool:
    return day in days


def make_price(
    key: str, rule: Rule, data: Mapping[str, Any], per: str | None
) -> Price | None:
    """Return the price that the user gave for a tariff, None for none."""
    if key in STEPPED and (steps := data.get(CONF_PRICE_STEPS)):
        return parse_steps(steps)
    amount = data.get(CONF_PRICE)
    if amount is None:
        return None
    if rule.reference is not None:
        return AboveReference(0.0, amount)
    listed = PROFILES[key].price
    usual = listed.per if isinstance(listed, Linear) else Per.YEAR
    return Linear(amount, Per(per or usual) if key == PROFILE_CUSTOM else usual)


def dated_prices(
    key: str, rule: Rule, data: Mapping[str, Any]
) -> tuple[DatedPrice, ...]:
    """Return the prices of some months that the user gave for a tariff."""
    per = data.get(CONF_RULES, {}).get(CONF_PRICE_PER)
    return tuple(
        DatedPrice(
            since=row[CONF_FROM][:7],
            until=row[CONF_UNTIL][:7] if CONF_UNTIL in row else None,
            price=make_price(key, rule, row, per),
            vat=row.get(CONF_VAT),
        )
        for row in data.get(CONF_DATED_PRICES, ())
    )
