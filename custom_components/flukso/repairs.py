"""Mend what only a person can decide on."""

from homeassistant.components.repairs import RepairsFlow
from homeassistant.core import HomeAssistant

from .devices.p1.exchange import ISSUE_ENTRY, ISSUE_METER
from .devices.p1.exchange_flow import ExchangeFlow


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the flow that mends a repair: another meter answers, the only one so far."""
    told = data or {}
    return ExchangeFlow(str(told.get(ISSUE_ENTRY)), str(told.get(ISSUE_METER)))
