"""The form of a demand meter: its fields, and what is stored of them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import probatio as vol

from homeassistant.const import CONF_NAME, PERCENTAGE, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)

from .const import (
    CONF_AREA,
    CONF_DAYS,
    CONF_DIFFERENT_DAYS,
    CONF_DIRECTION,
    CONF_EXPORT_SENSORS,
    CONF_FIRST_HOUR,
    CONF_FLOOR,
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
from .core.demand.flanders import AREAS
from .core.demand.price import Per, parse_steps
from .core.demand.profiles import PROFILES
from .core.demand.tariff import Direction
from .demand_defaults import DEFAULT_NAME, tariff_defaults
from .demand_goal import GoalScope
from .demand_tariff import DAYS_WORKDAYS, billed_direction

MAX_KILOWATTS: Final = 1000
MAX_PRICE: Final = 10_000
MOST_WINDOWS: Final = 10
MONTHS: Final = tuple(str(month) for month in range(1, 13))
WINDOWS: Final = ("15", "30", "60")
DAYS: Final = ("all", DAYS_WORKDAYS)


def _choice(
    translation_key: str, options: Iterable[str], *, multiple: bool = False
) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options),
            multiple=multiple,
            mode=SelectSelectorMode.DROPDOWN,
            translation_key=translation_key,
        )
    )


def _number(highest: float, unit: str) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=0,
            max=highest,
            step="any",
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=unit,
        )
    )


def _whole(lowest: int, highest: int) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(min=lowest, max=highest, mode=NumberSelectorMode.BOX)
    )


# A tariff of one's own.
RULES_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(key): selector
        for key, selector in {
            CONF_WINDOW: _choice("window", WINDOWS),
            CONF_DIRECTION: _choice("direction", Direction),
            CONF_TOP: _whole(1, MOST_WINDOWS),
            CONF_DIFFERENT_DAYS: BooleanSelector(),
            CONF_MONTHS: _choice("months", MONTHS, multiple=True),
            CONF_DAYS: _choice("days", DAYS),
            CONF_FIRST_HOUR: _whole(0, 23),
            CONF_LAST_HOUR: _whole(1, 24),
            CONF_ROLLING_MONTHS: _whole(1, 12),
            CONF_PRICE_PER: _choice("price_per", Per),
            CONF_PRICE_STEPS: TextSelector(),
            CONF_REFERENCE: _number(MAX_KILOWATTS, UnitOfPower.KILO_WATT),
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
    fields[vol.Optional(CONF_PROFILE, default=defaults[CONF_PROFILE])] = _choice(
        "profile", PROFILES
    )
    optional: dict[str, Any] = {
        CONF_AREA: _choice("area", AREAS),
        CONF_PRICE: _number(MAX_PRICE, hass.config.currency),
        CONF_VAT: _number(100, PERCENTAGE),
        CONF_FLOOR: _number(MAX_KILOWATTS, UnitOfPower.KILO_WATT),
        CONF_GOAL: _number(MAX_KILOWATTS, UnitOfPower.KILO_WATT),
        CONF_GOAL_SCOPE: _choice("goal_scope", GoalScope),
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
    elif not _readable(form.get(CONF_RULES, {}).get(CONF_PRICE_STEPS, "")):
        errors["base"] = "invalid_steps"
    return errors


def _readable(steps: str) -> bool:
    """Tell whether steps of a price can be read; none at all is fine."""
    try:
        return not steps.strip() or bool(parse_steps(steps))
    except ValueError:
        return False


def demand_data(
    form: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a form as a demand meter stores it.

    What was left out is as the tariff says, and so is what the tariff before said.
    """
    data = {key: value for key, value in form.items() if key != CONF_RULES}
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
