"""The configuration of an FLM02A and an FLM02B."""

from .config import (
    Configuration,
    Section,
    Sections,
    bridge_section,
    empty_slots,
    kube_sections,
    kube_slots,
    named,
)
from .identity import Identity
from .settings import Settings

_SLOTS = 64
_NET_OBIS = ("1-0:1.8.1", "1-0:2.8.1", "1-0:1.8.2", "1-0:2.8.2")
_POWER_OBIS = ("1-0:1.7.0", "1-0:2.7.0")
_GAS_OBIS = ("0-1:24.2.0", "0-1:24.2.1")


def flm02_configuration(identity: Identity, settings: Settings) -> Configuration:
    """Return what an FLM02 publishes at boot."""
    if settings.model == "FLM02A":
        slots = _flm02a_slots(identity, settings)
        kube = None
    else:
        slots = _flm02b_slots(identity, settings)
        kube = kube_sections(identity, "living")
    free = (n for n in range(1, _SLOTS + 1) if str(n) not in slots)
    sections = {
        "fsync": _fsync(settings),
        "main": _main(settings),
        "daemon": _daemon(),
        "mqtt": bridge_section(),
        **slots,
        **empty_slots(identity, free),
    }
    return Configuration(sections, kube=kube)


def _fsync(settings: Settings) -> Section:
    # An FLM02A whose page was never saved has this section without options.
    if settings.model == "FLM02A":
        return {}
    return {"time": 1462000000, "exit_status": 0, "exit_string": "successful"}


def _main(settings: Settings) -> Section:
    return {
        "hw_major": 2,
        "hw_minor": 1 if settings.model == "FLM02A" else 2,
        "sw_major": 1,
        "sw_minor": 0,
        "uart_tx_invert": 0,
        "uart_rx_invert": 1,
        "max_sensors": 6,
        "max_analog_sensors": 3,
        "max_provisioned_sensors": _SLOTS,
        "reset_counters": 0,
        "phase": settings.phases,
        "dsmr": 4,
        "led_mode": 256,
    }


def _daemon() -> Section:
    return {
        "logmask": "info",
        "enable_wan_branch": 1,
        "enable_lan_branch": 1,
        "enable_remote_upgrade": 1,
        "wan_base_url": "https://api.flukso.net/",
        "upgrade_url": "http://www.flukso.net/files/upgrade/",
        "cacert": "/etc/ssl/certs/flukso.ca.crt",
    }


def _clamps(
    identity: Identity, settings: Settings, names: tuple[str, str, str]
) -> Sections:
    """Return slots 1 to 3; with three phases slot 1 is the sum and has all ports."""
    summed = settings.phases == 3
    slots: Sections = {}
    for number, name in enumerate(names, start=1):
        slot: Section = {
            "id": identity.sensor_id(number),
            "class": "analog",
            "type": "electricity",
            "function": named(settings.names, number, name),
        }
        if not summed or number == 1:
            slot["port"] = [1, 2, 3] if summed else [number]
        slot |= {"voltage": 230, "current": 50}
        if not summed or number == 1:
            slot |= {"data_type": "counter", "rid": 0, "enable": 1}
        else:
            slot["enable"] = 0
        slots[str(number)] = slot | {"counter": 0}
    return slots


def _pulse(
    identity: Identity,
    settings: Settings,
    number: int,
    type_: str,
    constant: float,
    *,
    enable: int = 1,
) -> Sections:
    default = "solar" if type_ == "electricity" else type_
    return {
        str(number): {
            "id": identity.sensor_id(number),
            "class": "pulse",
            "type": type_,
            "function": named(settings.names, number, default),
            "port": [number],
            "constant": constant,
            "data_type": "counter",
            "rid": 0,
            "enable": enable,
            "counter": 0,
        }
    }


def _uart(identity: Identity) -> Sections:
    section: Section = {"id": identity.sensor_id(6), "class": "uart", "port": [6]}
    return {"6": section | {"enable": 0, "counter": 0}}


def _cosem(
    identity: Identity, number: int, type_: str, derive: int, obis: tuple[str, ...]
) -> Sections:
    return {
        str(number): {
            "id": identity.sensor_id(number),
            "class": "cosem",
            "type": type_,
            "function": "smart-main",
            "protocol": "dlms",
            "port": "ttyS0",
            "derive": derive,
            "obis": [f"{code}*255" for code in obis],
            "data_type": "counter",
            "rid": 0,
            "enable": 1,
        }
    }


def _flm02a_slots(identity: Identity, settings: Settings) -> Sections:
    names = ("main", "L2", "L3") if settings.phases == 3 else ("1", "2", "3")
    return {
        **_clamps(identity, settings, names),
        **_pulse(identity, settings, 4, "water", 1),
        **_pulse(identity, settings, 5, "gas", 10, enable=0),
        **_uart(identity),
    }


def _flm02b_slots(identity: Identity, settings: Settings) -> Sections:
    return {
        **_clamps(identity, settings, ("main L1", "main L2", "main L3")),
        **_pulse(identity, settings, 4, "electricity", 0.5),
        **_pulse(identity, settings, 5, "water", 1, enable=0),
        **_uart(identity),
        **_cosem(identity, 7, "electricity", 1, _NET_OBIS + _POWER_OBIS),
        **_cosem(identity, 8, "gas", 0, _GAS_OBIS),
        **kube_slots(identity, 9, 1),
        "18": {"id": identity.sensor_id(18), "rid": 0},
    }


def change_flm02(configuration: Configuration) -> None:
    """Rename two sensors, disable the third clamp, enable slot 5, remove the kube."""
    slots = configuration.sensor
    slots["1"]["function"] = "meter cupboard"
    slots["4"]["function"] = 4
    slots["3"]["enable"] = 0
    slots["5"]["enable"] = 1
    configuration.without_kube(1)
