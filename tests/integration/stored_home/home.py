"""A Home Assistant that begins with stored files, and hears simulated devices."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import shutil
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_test_home_assistant,
)
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.diagnostics import async_get_config_entry_diagnostics
from homeassistant.bootstrap import async_load_base_functionality
from homeassistant.core import HomeAssistant
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator.p1_server import TcpLine
from simulator.quarter_monitor_server import MonitorServer

from ...brokers import Mosquitto, publish
from ..homes import ANSWER_TIMEOUT, LATENCY, real_monotonic, until
from .devices import (
    FLUKSOMETER,
    MONITOR,
    P1_BROKER,
    P1_NETWORK,
    REST,
    Devices,
    telegram_of,
    trimmed,
)
from .told import state_of, told_at

IMPORT: Final = "sensor.meter_import"
COUNTER: Final = {
    "unit_of_measurement": "kWh",
    "device_class": "energy",
    "state_class": "total_increasing",
}
RECORDER: Final = {"commit_interval": 0, "include": {"domains": ["none"]}}


@dataclass
class StoredHome:
    """The devices where they can be reached, and the files of a Home Assistant."""

    folder: Path
    devices: Devices
    broker: Mosquitto
    dongle_broker: Mosquitto
    line: TcpLine
    rest_port: int
    server: MonitorServer
    freezer: FrozenDateTimeFactory
    recorder: RecorderInstanceContextManager

    @property
    def ports(self) -> Mapping[str, int]:
        """The ports of the devices by the entries that look for them."""
        return {
            FLUKSOMETER: self.broker.port,
            REST: self.rest_port,
            P1_NETWORK: self.line.port,
            P1_BROKER: self.dongle_broker.port,
            MONITOR: self.server.port,
        }

    @property
    def storage(self) -> Path:
        """The files of Home Assistant."""
        return self.folder / ".storage"

    def furnish(self, fixture: Path) -> None:
        """Take the files of a fixture; entries look for devices where they are now."""
        shutil.copytree(fixture, self.storage)
        entries = self.saved("core.config_entries")
        for entry in entries["data"]["entries"]:
            if entry["entry_id"] in self.ports:
                entry["data"]["port"] = self.ports[entry["entry_id"]]
        self._save("core.config_entries", entries)
        # What is said of every entity is in the fixture once.
        registry = self.saved("core.entity_registry")
        common = registry["data"].pop("common")
        registry["data"]["entities"] = [
            {**common, **entity} for entity in registry["data"]["entities"]
        ]
        self._save("core.entity_registry", registry)

    def _save(self, key: str, file: Mapping[str, Any]) -> None:
        path = self.storage / key
        path.write_text(json.dumps(file), encoding="utf-8")

    def saved(self, key: str) -> dict[str, Any]:
        """Return a file of Home Assistant as it is written."""
        told: dict[str, Any] = json.loads(
            (self.storage / key).read_text(encoding="utf-8")
        )
        return told

    def at(self, second: int) -> None:
        """Let it be a moment until which the devices have measured."""
        self.devices.live(second)
        self.freezer.move_to(dt_util.utc_from_timestamp(second + LATENCY))

    @asynccontextmanager
    async def running(self, second: int) -> AsyncGenerator[HomeAssistant]:
        """Start Home Assistant with its files at a moment, stop it as a user does."""
        self.at(second)
        await publish(self.broker, trimmed(self.devices.fluksometer))
        async with async_test_home_assistant(
            load_registries=False, config_dir=str(self.folder)
        ) as hass:
            hass.data.pop(DATA_CUSTOM_COMPONENTS)
            hass.config.country = "BE"
            hass.config.currency = "EUR"
            await hass.config.async_set_time_zone("Europe/Brussels")
            assert await async_load_base_functionality(hass)
            async with self.recorder(hass, dict(RECORDER)):
                assert await async_setup_component(hass, DOMAIN, {})
                await hass.async_block_till_done()
                await self._answered(hass)
                try:
                    yield hass
                finally:
                    await hass.async_stop()

    async def _answered(self, hass: HomeAssistant) -> None:
        """Wait until the connections stand, and the monitor has been asked for all."""
        entries = hass.config_entries.async_loaded_entries(DOMAIN)
        loaded = {entry.entry_id for entry in entries}
        if P1_NETWORK in loaded:
            await until(lambda: self.line.clients > 0)
        if FLUKSOMETER in loaded:
            # What is subscribed to by now comes from now on.
            awaited = {FLUKSOMETER: await count_of(hass, FLUKSOMETER) + 1}
            await publish(self.broker, [self.devices.self_test])
            await until_heard(hass, awaited)
        if MONITOR in loaded:
            await until_told(hass, MONITOR, lambda told: bool(told["month_peak"]))
            card = f"{MONITOR}_card_import"
            await until(lambda: state_of(hass, card).state == "100.0")
        await hass.async_block_till_done()

    async def tick(self, hass: HomeAssistant, second: int) -> None:
        """Let all devices tell what they have measured until a second."""
        loaded = hass.config_entries.async_loaded_entries(DOMAIN)
        # As soon as time has passed, some are asked.
        before = {
            entry.entry_id: await count_of(hass, entry.entry_id) for entry in loaded
        }
        self.at(second)
        messages = self.devices.published()
        await publish(self.broker, messages)
        await publish(self.dongle_broker, [self.devices.passed_on(second)])
        self.line.send(telegram_of(self.devices.meter, second))
        hass.states.async_set(IMPORT, f"{self.devices.counted:.3f}", COUNTER)
        sent = {FLUKSOMETER: len(messages), P1_NETWORK: 1, P1_BROKER: 1}
        await until_heard(hass, added(before, sent))
        async_fire_time_changed(hass)
        await until_heard(hass, added(before, {REST: 1, MONITOR: 1}))
        # It has more to ask when a quarter is over.
        await until(lambda: told_at(hass, MONITOR) >= second)
        await hass.async_block_till_done()


def added(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Return what the counts will be of those that get more, as far as they count."""
    return {
        name: before[name] + count for name, count in more.items() if name in before
    }


async def diagnostics_of(hass: HomeAssistant, entry_id: str) -> dict[str, Any]:
    """Return what may be shown of an entry."""
    entry = hass.config_entries.async_get_entry(entry_id)
    assert entry is not None
    return await async_get_config_entry_diagnostics(hass, entry)


async def count_of(hass: HomeAssistant, entry_id: str) -> int:
    """Return how many messages, telegrams or answers have come of a device."""
    told = await diagnostics_of(hass, entry_id)
    counts = {**told, **told.get("link", {})}
    names = ("messages", "telegrams", "rounds", "answers")
    return sum(counts[name] for name in names if name in counts)


async def until_told(
    hass: HomeAssistant, entry_id: str, met: Callable[[dict[str, Any]], bool]
) -> None:
    """Let the event loop run until the diagnostics of an entry meet a condition."""
    deadline = real_monotonic() + ANSWER_TIMEOUT
    while not met(await diagnostics_of(hass, entry_id)):
        assert real_monotonic() < deadline, f"{entry_id} did not tell in time"
        await asyncio.sleep(0)


async def until_heard(hass: HomeAssistant, awaited: Mapping[str, int]) -> None:
    """Let the event loop run until so much has come of devices."""
    deadline = real_monotonic() + ANSWER_TIMEOUT
    for entry_id, count in awaited.items():
        while await count_of(hass, entry_id) < count:
            assert real_monotonic() < deadline, f"{entry_id} was not heard in time"
            await asyncio.sleep(0)
