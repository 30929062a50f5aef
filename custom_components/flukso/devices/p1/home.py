"""Where the home of a P1 meter is, and how the ids of its counters are numbered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ...const import CONF_FAMILY, CONF_NUMBERING
from ...core.p1.places import Home
from ...core.p1.readings import Telegram
from ...core.p1.tariffs import Numbering, keys_of_family


def home_of(hass: HomeAssistant) -> Home:
    """Return where Home Assistant is."""
    winter = datetime(
        dt_util.utcnow().year, 1, 1, tzinfo=dt_util.get_default_time_zone()
    )
    return Home(hass.config.country, winter.utcoffset())


def family_data(
    telegram: Telegram, known: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what an entry stores of the meter that sent a telegram.

    known: the data of the entry that it has; the ids of its counters stay.
    """
    data = {CONF_FAMILY: telegram.family.value}
    keys = telegram.numbering if known is None else keys_of_entry(known)
    if keys is not keys_of_family(telegram.family):
        data[CONF_NUMBERING] = keys.value
    return data


def keys_of_entry(data: Mapping[str, Any]) -> Numbering:
    """Return how the ids of a meter's counters number the tariffs, whatever they mean."""
    stored = data.get(CONF_NUMBERING)
    return keys_of_family(data[CONF_FAMILY]) if stored is None else Numbering(stored)
