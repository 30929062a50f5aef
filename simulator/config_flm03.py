"""The configuration of an FLM03E."""

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

COUNTERS = ("pplus", "pminus", "q1", "q2", "q3", "q4")
GAUGES = ("vrms", "irms", "pf", "vthd", "ithd", "alpha")
CLAMP_PORTS = (1, 2, 3)
PULSE_PORTS = {4: 37, 5: 38, 6: 39}
_SUBTYPES = COUNTERS + GAUGES
_SLOTS = 128
_FIRST_KUBE_SLOT = 40
# Steps of 60° that turn a clamp's current to the phase of the measured voltage.
_SHIFTS = {1: 0, 2: 4, 3: 2}


def clamp_slot(port: int, index: int) -> int:
    """Return the slot of the index-th quantity of a clamp port."""
    return (port - 1) * len(_SUBTYPES) + index + 1


def flm03_configuration(identity: Identity, settings: Settings) -> Configuration:
    """Return what an FLM03E publishes at boot."""
    slots = _clamp_slots(identity, settings) | _pulse_slots(identity)
    slots |= kube_slots(identity, _FIRST_KUBE_SLOT, 1)
    free = range(len(slots) + 1, _SLOTS + 1)
    sensor: Sections = {
        "daemon": {
            "cacert": "/etc/ssl/certs/flukso.ca.crt",
            "upgrade_url": "http://www.flukso.net/files/upgrade/",
            "wan_base_url": "https://api.flukso.net/",
        },
        "mqtt": bridge_section(),
        "tmpo": {"root": "/flukso/"},
        "main": {"max_provisioned_sensors": _SLOTS},
        **slots,
        **empty_slots(identity, free),
    }
    flx = _flx(settings)
    return Configuration(
        sensor, flx=flx, kube=kube_sections(identity, "garage"), sensor_qos=1
    )


def _clamp_slots(identity: Identity, settings: Settings) -> Sections:
    slots: Sections = {}
    for port in CLAMP_PORTS:
        for index, subtype in enumerate(_SUBTYPES):
            number = clamp_slot(port, index)
            slot: Section = {
                "type": "electricity",
                "subtype": subtype,
                "id": identity.sensor_id(number),
                "enable": int(subtype != "alpha" or settings.alpha),
                "rid": 0,
                "port": [port],
                "data_type": "counter" if subtype in COUNTERS else "gauge",
            }
            # The port page writes this for the active energy of ports 2 and 3.
            if port > 1 and subtype in ("pplus", "pminus"):
                slot["tmpo"] = int(settings.math != "p1+p2+p3")
            if not settings.tmpo:
                slot["tmpo"] = 0
            slots[str(number)] = slot
    return slots


def _pulse_slots(identity: Identity) -> Sections:
    return {
        "37": _pulse(identity, 4, {"type": "electricity", "subtype": "pplus"}, 1),
        "38": _pulse(identity, 5, {"type": "gas"}, 1),
        "39": _pulse(identity, 6, {"type": "water"}, 0),
    }


def _pulse(identity: Identity, port: int, kind: Section, enable: int) -> Section:
    return {
        **kind,
        "id": identity.sensor_id(PULSE_PORTS[port]),
        "enable": enable,
        "rid": 0,
        "port": [port],
        "data_type": "counter",
    }


def _flx(settings: Settings) -> Sections:
    names = settings.names
    ports: Sections = {
        "main": {"phase": "3p+n", "led_mode": 255, "math": settings.math, "theta": 130}
    }
    for port in CLAMP_PORTS:
        ports[str(port)] = {
            "enable": 1,
            "class": "ct",
            "name": named(names, port, f"L{port}"),
            "shift": _SHIFTS[port],
            "current": 50,
        }
    pulses = ((4, "solar", 0.1, 1), (5, "gas", 10, 1), (6, "port6", 1, 0))
    for port, name, constant, enable in pulses:
        ports[str(port)] = {
            "enable": enable,
            "class": "pulse",
            "name": named(names, port, name),
            "constant": constant,
            "trigger": "edge",
        }
    ports["7"] = {
        "enable": 1,
        "class": "uart",
        "name": named(names, 7, "p1"),
        "uart_tx_invert": 0,
        "uart_rx_invert": 1,
        "dsmr": 4,
    }
    return ports


def change_flm03(configuration: Configuration) -> None:
    """Rename two ports, disable port 5, enable port 6, remove the kube."""
    ports = configuration.flx or {}
    ports["1"]["name"] = "meter cupboard"
    ports["4"]["name"] = 4
    ports["5"]["enable"] = 0
    ports["6"] |= {"enable": 1, "name": "water"}
    configuration.sensor["38"]["enable"] = 0
    configuration.sensor["39"]["enable"] = 1
    configuration.without_kube(1)
