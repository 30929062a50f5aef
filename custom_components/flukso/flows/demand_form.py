"""The form of a demand meter: its fields, and what is stored of them."""

from collections.abc import Mapping
from typing import Any, Final

import probatio as vol

from homeassistant.const import CONF_NAME, PERCENTAGE, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
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
    CONF_GOAL,
    CONF_GOAL_SCOPE,
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
    CONF_VAT,
    CONF_WINDOW,
)
from ..core.tariff.flanders import AREAS
from ..core.tariff.known import PROFILES
from ..core.tariff.price import Per
from ..core.tariff.rule import Direction, FloorScope
from ..demand.defaults import DEFAULT_NAME, tariff_defaults
from ..demand.goal import GoalScope
from ..demand.tariff import DAYS_WORKDAYS, billed_direction
from ..helpers.fields import MAX_KILOWATTS, MAX_PRICE, choice, number, whole
from .demand_prices import (
    PriceFault,
    dated_price_error,
    dated_prices_selector,
    dated_rows,
    readable,
)

MOST_WINDOWS: Final = 10
MONTHS: Final = tuple(str(month) for month in range(1, 13))
WINDOWS: Final = ("15", "30", "60")
DAYS: Final = ("all", DAYS_WORKDAYS)
COMPOSED: Final = (CONF_RULES, CONF_DATED_PRICES)


# A tariff of one's own.
RULES_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(key): selector
        for key, selector in {
            CONF_WINDOW: choice("window", WINDOWS),
            CONF_DIRECTION: choice("direction", Direction),
            CONF_TOP: whole(1, MOST_WINDOWS),
            CONF_DIFFERENT_DAYS: BooleanSelector(),
            CONF_MONTHS: choice("months", MONTHS, multiple=True),
            CONF_DAYS: choice("days", DAYS),
            CONF_FIRST_HOUR: whole(0, 23),
            CONF_LAST_HOUR: whole(1, 24),
            CONF_ROLLING_MONTHS: whole(1, 12),
            CONF_FLOOR_SCOPE: choice("floor_scope", FloorScope),
            CONF_PRICE_PER: choice("price_per", Per),
            CONF_PRICE_STEPS: TextSelector(),
            CONF_REFERENCE: number(MAX_KILOWATTS, UnitOfPower.KILO_WATT),
        }.items()
    }
)


def demand_schema(
    hass: HomeAssistant,
    sensors: list[SelectOptionDict] | None,
    defaults: Mapping[str, Any],
) -> vol.Schema:
    """Return the form; every field may be left out, and sensors if None."""
    fields: dict[Any, Any] = {
        vol.Optional(CONF_NAME, default=defaults[CONF_NAME]): TextSelector()
    }
    if sensors is not None:
        some_sensors = SelectSelector(
            SelectSelectorConfig(
                options=sensors, multiple=True, mode=SelectSelectorMode.DROPDOWN
            )
        )
        for key in (CONF_IMPORT_SENSORS, CONF_EXPORT_SENSORS):
            fields[vol.Optional(key, default=defaults[key])] = some_sensors
    fields[vol.Optional(CONF_PROFILE, default=defaults[CONF_PROFILE])] = choice(
        "profile", PROFILES
    )
    optional: dict[str, Any] = {
        CONF_AREA: choice("area", AREAS),
        CONF_PRICE: number(MAX_PRICE, hass.config.currency),
        CONF_DATED_PRICES: dated_prices_selector(
            hass.config.currency, dt_util.now().date()
        ),
        CONF_VAT: number(100, PERCENTAGE),
        CONF_FLOOR: number(MAX_KILOWATTS, UnitOfPower.KILO_WATT),
        CONF_GOAL: number(MAX_KILOWATTS, UnitOfPower.KILO_WATT),
        CONF_GOAL_SCOPE: choice("goal_scope", GoalScope),
    }
    fields |= {vol.Optional(key): selector for key, selector in optional.items()}
    rules = section(RULES_SCHEMA, {"collapsed": True})
    fields[vol.Optional(CONF_RULES, default=dict)] = rules
    return vol.Schema(fields)


def demand_errors(
    form: Mapping[str, Any],
    *,
    needs_sensors: bool,
    exports: bool,
    measured: Direction | None = None,
) -> dict[str, str]:
    """Return what is wrong with a form; `exports`: whether export can be billed.

    `measured`: what was so far. The other direction would be counted by its windows.
    """
    errors: dict[str, str] = {}
    if needs_sensors and not form.get(CONF_IMPORT_SENSORS):
        errors["base"] = "no_sensors"
    elif not exports and billed_direction(form) is Direction.EXPORT:
        errors["base"] = "no_export"
    elif measured not in (None, billed_direction(form)):
        errors["base"] = "other_direction"
    elif not readable(form.get(CONF_RULES, {}).get(CONF_PRICE_STEPS, "")):
        errors["base"] = PriceFault.INVALID_STEPS
    elif (wrong := dated_price_error(form)) is not None:
        errors[CONF_DATED_PRICES] = wrong
    return errors


def demand_data(
    form: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a form as a demand meter stores it.

    What was left out is as the tariff says, and so is what the tariff before said.
    """
    asked = form.items()
    data = {key: value for key, value in asked if key not in COMPOSED}
    if rows := dated_rows(form):
        data[CONF_DATED_PRICES] = rows
    data[CONF_NAME] = form[CONF_NAME].strip() or DEFAULT_NAME
    rules = {
        key: value
        for key, value in form.get(CONF_RULES, {}).items()
        if value != [] and not (isinstance(value, str) and not value.strip())
    }
    if rules:
        data[CONF_RULES] = rules
    former = {}
    if stored is not None and stored[CONF_PROFILE] != form[CONF_PROFILE]:
        former = tariff_defaults(stored[CONF_PROFILE])
    for key, default in tariff_defaults(form[CONF_PROFILE]).items():
        if data.get(key) in (None, former.get(key)):
            data[key] = default
    return data
