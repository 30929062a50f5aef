"""Prices that a user types: those of all months, and those of some."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from operator import itemgetter
from typing import Any, Final

from homeassistant.const import PERCENTAGE
from homeassistant.helpers.selector import (
    DateSelector,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    TextSelector,
)

from ..const import (
    CONF_DATED_PRICES,
    CONF_FROM,
    CONF_PRICE,
    CONF_PRICE_STEPS,
    CONF_PROFILE,
    CONF_UNTIL,
    CONF_VAT,
)
from ..core.tariff.known import STEPPED
from ..core.tariff.price import parse_steps
from ..helpers.fields import MAX_PRICE, number

DAYS: Final = (CONF_FROM, CONF_UNTIL)
FOR_GOOD: Final = "9999-12-31"


class PriceFault(StrEnum):
    """What is wrong with a price that was typed."""

    INVALID_STEPS = "invalid_steps"
    NO_WHOLE_MONTHS = "dated_price_months"
    EMPTY = "dated_price_empty"
    TWICE = "dated_price_twice"


def dated_prices_selector(currency: str, today: date) -> ObjectSelector:
    """Return what asks for prices and the months that they are of."""
    first = today.replace(day=1).isoformat()
    fields: dict[str, ObjectSelectorField] = {
        CONF_FROM: {"selector": DateSelector(), "required": True, "default": first},
        CONF_UNTIL: {"selector": DateSelector()},
        CONF_PRICE: {"selector": number(MAX_PRICE, currency)},
        CONF_PRICE_STEPS: {"selector": TextSelector()},
        CONF_VAT: {"selector": number(100, PERCENTAGE)},
    }
    return ObjectSelector(
        ObjectSelectorConfig(
            fields=fields,
            multiple=True,
            label_field=CONF_FROM,
            description_field=CONF_PRICE,
            translation_key="dated_price",
        )
    )


def readable(steps: str) -> bool:
    """Tell whether steps of a price can be read; none at all is fine."""
    try:
        return not steps.strip() or bool(parse_steps(steps))
    except ValueError:
        return False


def dated_rows(form: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the dated prices of a form in their order, without what was left empty."""
    given = form.get(CONF_DATED_PRICES) or []
    rows = [given] if isinstance(given, dict) else given
    return sorted(map(_filled, rows), key=itemgetter(CONF_FROM))


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without what was left empty, its days as YYYY-MM-DD."""
    filled = {
        key: value
        for key, value in row.items()
        if value is not None and str(value).strip()
    }
    days = {key: date.fromisoformat(filled[key]) for key in DAYS if key in filled}
    return filled | {key: day.isoformat() for key, day in days.items()}


def dated_price_error(form: Mapping[str, Any]) -> PriceFault | None:
    """Return what is wrong with the dated prices of a form; None if nothing is."""
    rows = dated_rows(form)
    if not all(_has_whole_months(row) for row in rows):
        return PriceFault.NO_WHOLE_MONTHS
    if not all(readable(row.get(CONF_PRICE_STEPS, "")) for row in rows):
        return PriceFault.INVALID_STEPS
    stepped = form[CONF_PROFILE] in STEPPED
    counted = {CONF_PRICE, CONF_VAT} | ({CONF_PRICE_STEPS} if stepped else set())
    if any(counted.isdisjoint(row) for row in rows):
        return PriceFault.EMPTY
    if len({row[CONF_FROM] for row in rows}) < len(rows):
        return PriceFault.TWICE
    return None


def _has_whole_months(row: Mapping[str, Any]) -> bool:
    """Tell whether a price holds from the first of a month until the last of one."""
    first = date.fromisoformat(row[CONF_FROM])
    last = date.fromisoformat(row.get(CONF_UNTIL, FOR_GOOD))
    ends_month = last.day == monthrange(last.year, last.month)[1]
    return first.day == 1 and ends_month and first < last
