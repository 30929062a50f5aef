"""Name demand meters, and their long-term statistics for good."""

from collections.abc import Iterator
from itertools import count
from typing import Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import slugify

from ..const import CONF_SLUG, DOMAIN, SUBENTRY_DEMAND

DEFAULT_SLUG: Final = "grid"
# The recorder stores at most 255 characters of a statistic's id.
MAX_LENGTH: Final = 64


def unique_slug(hass: HomeAssistant, name: str) -> str:
    """Return a slug for a name that no demand meter of any entry has.

    It is part of a statistic's id, where two underscores in a row are forbidden.
    """
    taken = {meter.data.get(CONF_SLUG) for meter in _demand_meters(hass)}
    slug = _slug(name)
    candidates = (f"{slug}_{number}" for number in count(2))
    return slug if slug not in taken else next(c for c in candidates if c not in taken)


def unique_name(hass: HomeAssistant, name: str) -> str:
    """Return a name that no demand meter of any entry has: Grid, Grid 2, and so on."""
    taken = {meter.title for meter in _demand_meters(hass)}
    candidates = (f"{name} {number}" for number in count(2))
    return name if name not in taken else next(c for c in candidates if c not in taken)


def _demand_meters(hass: HomeAssistant) -> Iterator[ConfigSubentry]:
    for entry in hass.config_entries.async_entries(DOMAIN):
        yield from entry.get_subentries_of_type(SUBENTRY_DEMAND)


def _slug(name: str) -> str:
    slug = slugify(name)
    # What slugify makes of a name without a single letter or digit.
    if slug == STATE_UNKNOWN:
        return DEFAULT_SLUG
    words = [word for word in slug[:MAX_LENGTH].split("_") if word]
    return "_".join(words) or DEFAULT_SLUG
