"""Repairs that are about an entry or a demand meter."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN


@callback
def async_delete_issues(hass: HomeAssistant, owner: str) -> None:
    """Take back what was reported of an entry or a demand meter, by its id."""
    for domain, issue_id in tuple(ir.async_get(hass).issues):
        if domain == DOMAIN and owner in issue_id:
            ir.async_delete_issue(hass, domain, issue_id)
