"""The kinds of devices: a row for each, and the only place that loads their code."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from ..const import (
    CONF_CLOCK,
    CONF_CLOUD_TOKEN,
    CONF_COUNTER_INTERVAL,
    CONF_GAUGE_INTERVAL,
    CONF_KIND,
    CONF_POLL_INTERVAL,
    KIND_ENERGY_METER,
    KIND_QUARTER_MONITOR,
    KIND_REST,
    P1_KINDS,
)
from ..device import Device, FluksoConfigEntry
from ..helpers.storage import HOLES, REST


class Kind(NamedTuple):
    """A kind of device.

    `folder`: of its code, whose device.py has async_make(hass, entry), which returns a
    Device. `names`: what its entries say under "kind". `options`: the fields of its
    options. `files`: what it stores beside its demand meters.
    """

    folder: str
    names: frozenset[str | None]
    options: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "fluksometer",
        # The entry of a Fluksometer says nothing.
        frozenset({None}),
        options=(
            CONF_GAUGE_INTERVAL,
            CONF_COUNTER_INTERVAL,
            CONF_CLOCK,
            CONF_CLOUD_TOKEN,
        ),
        files=(HOLES,),
    ),
    Kind(
        "fluksometer_rest",
        frozenset({KIND_REST}),
        options=(CONF_POLL_INTERVAL, CONF_COUNTER_INTERVAL, CONF_CLOCK),
        files=(REST,),
    ),
    Kind(
        "p1",
        P1_KINDS,
        options=(CONF_GAUGE_INTERVAL, CONF_COUNTER_INTERVAL, CONF_CLOCK),
    ),
    Kind("quarter_monitor", frozenset({KIND_QUARTER_MONITOR})),
    Kind("energy_meter", frozenset({KIND_ENERGY_METER})),
)


def kind_of(data: Mapping[str, Any]) -> Kind:
    """Return the kind of device that an entry's data are of; LookupError if unknown."""
    name = data.get(CONF_KIND)
    for kind in KINDS:
        if name in kind.names:
            return kind
    raise LookupError(f"unknown kind of device: {name}")


async def async_make_device(hass: HomeAssistant, entry: FluksoConfigEntry) -> Device:
    """Return the device of an entry, not yet open; loads the code of its kind alone."""
    folder = kind_of(entry.data).folder
    module = await async_import_module(hass, f"{__package__}.{folder}.device")
    device: Device = await module.async_make(hass, entry)
    return device
