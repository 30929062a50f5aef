"""What a person should know of a demand meter's tariff."""

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..core.tariff.dated import price_year
from ..demand.meter import DemandMeter


@callback
def follow_price_year(hass: HomeAssistant, meter: DemandMeter) -> CALLBACK_TYPE:
    """Report while prices of another year are used; returns the undo."""
    issue_id = f"price_year_{meter.subentry_id}"

    @callback
    def update() -> None:
        year = int(meter.month[:4])
        used = price_year(meter.tariff.profile, meter.month)
        if used in (None, year):
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key="price_year",
            translation_placeholders={
                "name": meter.name,
                "year": str(year),
                "used": str(used),
            },
        )

    @callback
    def stop() -> None:
        forget()
        ir.async_delete_issue(hass, DOMAIN, issue_id)

    forget = meter.on_bill.add(update)
    update()
    return stop
