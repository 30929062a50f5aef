"""Devices that are what their recorded configuration says, and publish by hand."""

from collections.abc import Iterable, Mapping
import json
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from ..brokers import HOST, Message
from ..devices import FLM02B_ID, FLM03E_ID, retained_config
from .devices.fluksometer.feed import Fed


class Recorded:
    """A device of the fixtures; its configuration can be changed as a person would.

    sensor, flx and kube are the sections of its configuration topics.
    """

    def __init__(self, model: str, device_id: str) -> None:
        """Read the fixture files."""
        self.device_id = device_id
        self._sections: dict[str, dict[str, dict[str, Any]]] = {
            message.topic.rpartition("/")[2]: json.loads(message.payload)
            for message in retained_config(model, device_id)
        }

    @property
    def sensor(self) -> dict[str, dict[str, Any]]:
        """The sensors by slot."""
        return self._sections["sensor"]

    @property
    def flx(self) -> dict[str, dict[str, Any]]:
        """The ports by number; an FLM02 has none."""
        return self._sections["flx"]

    @property
    def kube(self) -> dict[str, dict[str, Any]]:
        """The kubes by number."""
        return self._sections["kube"]

    def sections(self) -> list[dict[str, dict[str, Any]]]:
        """Return all of its configuration."""
        return list(self._sections.values())

    def retained(self) -> list[Message]:
        """Return its configuration."""
        return [
            Message(f"/device/{self.device_id}/config/{name}", _encoded(section))
            for name, section in self._sections.items()
        ]

    def step(self, _second: int) -> Iterable[Message]:
        """Return nothing: a test says what is published."""
        return ()

    def id_of(self, slot: int) -> str:
        """Return the id of a slot's sensor."""
        return str(self.sensor[str(slot)]["id"])

    def key_of(self, slot: int, stream: str) -> str:
        """Return the unique id of what shows a slot's gauge, counter or net."""
        return f"{self.id_of(slot)}_{self.sensor[str(slot)]['rid']}_{stream}"

    def message(
        self, slot: int, stream: str, payload: str, *, retain: bool = False
    ) -> Message:
        """Return a message on a topic of a slot."""
        topic = f"/sensor/{self.id_of(slot)}/{stream}"
        return Message(topic, payload.encode(), retain)

    def gauge(self, slot: int, payload: str, *, retain: bool = False) -> Message:
        """Return a message on the gauge topic of a slot."""
        return self.message(slot, "gauge", payload, retain=retain)

    def counter(self, slot: int, payload: str, *, retain: bool = False) -> Message:
        """Return a message on the counter topic of a slot."""
        return self.message(slot, "counter", payload, retain=retain)


def flm02b() -> Recorded:
    """Return an FLM02B: three clamps, a solar pulse meter, P1 and a kube."""
    return Recorded("flm02b", FLM02B_ID)


def flm03e() -> Recorded:
    """Return an FLM03E: three clamps, solar and gas pulses, and a kube."""
    return Recorded("flm03e", FLM03E_ID)


def entry_of(device: Fed, port: int, **data: str) -> MockConfigEntry:
    """Return an entry that is not set up yet, without a demand meter."""
    return MockConfigEntry(
        domain=DOMAIN,
        unique_id=device.device_id,
        data={
            "host": HOST,
            "port": port,
            "device_id": device.device_id,
            "demand_offered": True,
            **data,
        },
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigEntryState:
    """Set an entry up; return what became of it."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry.state


def _encoded(section: Mapping[str, Any]) -> bytes:
    return json.dumps(section, separators=(",", ":"), ensure_ascii=False).encode()
