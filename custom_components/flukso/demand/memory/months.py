"""Repairs for damaged files of demand meters."""

from homeassistant.core import HomeAssistant, callback

from ...helpers.issues import async_report


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
    async_report(
        hass,
        f"damaged_store_{subentry_id}_{key.rpartition('/')[2]}",
        translation_key=translation_key,
        file=key,
        name=name,
        month=month,
    )
