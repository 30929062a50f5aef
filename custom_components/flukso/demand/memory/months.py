"""Repairs for damaged files of demand meters."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...const import DOMAIN


@callback
def async_report_damage(
    hass: HomeAssistant,
    subentry_id: str,
    key: str,
    *,
    translation_key: str,
    name: str,
    month: str,
) -> None:
    """Report that a part of a demand meter's file of a month (YYYY-MM) is lost."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"damaged_store_{subentry_id}_{key.rpartition('/')[2]}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=translation_key,
        translation_placeholders={"file": key, "name": name, "month": month},
    )
