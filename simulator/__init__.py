"""Simulated Fluksometers and digital meters that speak as the real ones do.

A witness independent of the integration: it shares no code with it.
"""

from typing import Unpack

from .device import Device
from .faults import FAULTS
from .flm02 import Flm02
from .flm03 import Flm03
from .household import Household
from .identity import Identity
from .messages import Message
from .p1_family import FAMILIES
from .p1_faults import P1_FAULTS
from .p1_meter import Meter, make_meter
from .p1_quirks import QUIRKS
from .settings import MODELS, Options, Settings

__all__ = [
    "FAMILIES",
    "FAULTS",
    "MODELS",
    "P1_FAULTS",
    "QUIRKS",
    "Device",
    "Household",
    "Message",
    "Meter",
    "make_device",
    "make_meter",
]


def make_device(
    model: str,
    *,
    seed: int = 1,
    start: int,
    household: Household | None = None,
    **options: Unpack[Options],
) -> Device:
    """Make a device that is switched on at `start` (Unix seconds).

    Equal arguments make equal devices. Without a household, the seed's own is used.
    """
    settings = Settings(model.upper(), **options)
    home = Household(seed) if household is None else household
    kind = Flm03 if settings.model == "FLM03E" else Flm02
    return kind(settings, Identity(settings.model, seed), start, home)
