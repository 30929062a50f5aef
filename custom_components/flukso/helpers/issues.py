"""Repairs: what a person has to mend about an entry or a demand meter."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN


@callback
def async_report(
    hass: HomeAssistant,
    issue_id: str,
    *,
    translation_key: str,
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING,
    fix: Mapping[str, str | int | float | None] | None = None,
    **placeholders: str | None,
) -> None:
    """Report what only a person can mend, or report it anew with other words.

    `issue_id` holds the id of the entry or demand meter that it is about; a placeholder
    that is None is left out. `fix`: what its fix flow is given, if there is one.
    """
    given = {name: text for name, text in placeholders.items() if text is not None}
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data=None if fix is None else dict(fix),
        is_fixable=fix is not None,
        severity=severity,
        translation_key=translation_key,
        translation_placeholders=given or None,
    )


@callback
def async_take_back(hass: HomeAssistant, issue_id: str) -> None:
    """Take a report back, if there is one."""
    ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_delete_issues(hass: HomeAssistant, owner: str) -> None:
    """Take back what was reported of an entry or a demand meter, by its id."""
    for domain, issue_id in tuple(ir.async_get(hass).issues):
        if domain == DOMAIN and owner in issue_id:
            async_take_back(hass, issue_id)
