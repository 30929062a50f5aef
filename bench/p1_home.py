"""Measure what a P1 meter that sends every second costs inside Home Assistant.

    python -m bench.p1_home [--rounds N] [--seconds N] [--growth N]

A simulated Belgian meter with 13 months of peaks sends over TCP to a config entry with
default options, in a Home Assistant without a recorder whose seconds pass as fast as
the telegrams are taken. The figure is CPU time of the process from the bytes to the
states, with gathered readings, demand meter, files and the sender in the same process.
dsmr-parser's DSMRProtocol gets the same telegrams in the same run and only parses them.

--growth sends so many telegrams to one entry and tells what the process holds before
and after.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import gc
from pathlib import Path
import resource
import statistics
import sys
from tempfile import TemporaryDirectory
import time
from unittest.mock import patch

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.core.p1.receiver import Receiver
from custom_components.flukso.devices.p1.hub import P1Hub
from homeassistant.core import HomeAssistant
from simulator import make_meter
from simulator.p1_meter import Meter
from simulator.p1_server import TcpLine, listen
from tests.integration.fresh import fresh_home_assistant

from .p1 import library

START = 1_768_478_400
HOST = "127.0.0.1"
# Until caches are filled and the demand meter has closed a window.
WARM_UP = 1000
REPORTS = 5


@dataclass(slots=True)
class Clock:
    """Time of this process that passes when it is told to."""

    passed: float = 0.0
    _began: float = field(default_factory=time.monotonic)

    def time(self) -> float:
        """Stand in for time.time."""
        return START + self.passed

    def monotonic(self) -> float:
        """Stand in for time.monotonic."""
        return self._began + self.passed


@dataclass(slots=True)
class Home:
    """A Home Assistant that reads a meter."""

    hass: HomeAssistant
    clock: Clock
    line: TcpLine
    hub: P1Hub
    meter: Meter

    def telegrams(self, count: int) -> list[bytes]:
        """Return the telegrams of the next seconds."""
        first = START + int(self.clock.passed) + 1
        found = (self.meter.telegram(first + second) for second in range(count))
        return [telegram for telegram in found if telegram is not None]

    async def take(self, telegrams: list[bytes]) -> float:
        """Let the meter send, one a second; return the CPU time of one in us."""
        awaited = self.hub.telegrams
        began = time.process_time_ns()
        for telegram in telegrams:
            self.clock.passed += 1
            awaited += 1
            self.line.send(telegram)
            while self.hub.telegrams < awaited:
                await asyncio.sleep(0)
        await asyncio.sleep(0)
        return (time.process_time_ns() - began) / len(telegrams) / 1000


@asynccontextmanager
async def home() -> AsyncGenerator[Home]:
    """Run a Home Assistant with the entry of a meter."""
    clock = Clock()
    meter = make_meter("be-50217", start=START)
    with (
        TemporaryDirectory() as folder,
        patch.multiple(time, time=clock.time, monotonic=clock.monotonic),
    ):
        async with (
            fresh_home_assistant(folder) as hass,
            listen() as line,
        ):
            hass.config.country = "BE"
            await hass.config.async_set_time_zone("Europe/Brussels")
            entry = meter_entry(meter, line.port)
            entry.add_to_hass(hass)
            assert await hass.config_entries.async_setup(entry.entry_id)
            while not line.clients:
                await asyncio.sleep(0)
            yield Home(hass, clock, line, entry.runtime_data.device.hub, meter)
            await hass.config_entries.async_unload(entry.entry_id)


def meter_entry(meter: Meter, port: int) -> MockConfigEntry:
    """Return the entry of a meter as the config flow makes it."""
    first = meter.telegram(START)
    assert first is not None
    (telegram,) = Receiver(None).feed(first)
    return MockConfigEntry(
        domain=DOMAIN,
        unique_id=telegram.meter,
        data={
            "kind": "p1_network",
            "host": HOST,
            "port": port,
            "line": "115200_8N1",
            "family": telegram.family.value,
        },
    )


async def ours(seconds: int) -> tuple[float, list[bytes]]:
    """Return the CPU time of one telegram in microseconds, and the telegrams."""
    async with home() as running:
        await running.take(running.telegrams(WARM_UP))
        telegrams = running.telegrams(seconds)
        spent = await running.take(telegrams)
        assert running.hass.states.get("sensor.grid_demand") is not None
        return spent, telegrams


def bare(telegrams: list[bytes]) -> float:
    """Return the CPU time of one telegram in dsmr-parser's protocol, microseconds."""
    counted = [0]
    feed: Callable[[bytes], None] = library(counted)
    feed(telegrams[0])
    began = time.process_time_ns()
    for telegram in telegrams:
        feed(telegram)
    spent = time.process_time_ns() - began
    assert counted[0] == len(telegrams) + 1
    return spent / len(telegrams) / 1000


def compare(rounds: int, seconds: int) -> None:
    """Print what both cost, round by round in turns."""
    found: list[tuple[float, float]] = []
    for _ in range(rounds):
        spent, telegrams = asyncio.run(ours(seconds))
        found.append((bare(telegrams), spent))
    for name, costs in zip(
        ("dsmr-parser, parsing", "ours, to the states"),
        zip(*found, strict=True),
        strict=True,
    ):
        middle = statistics.median(costs)
        print(
            f"{name}: {middle:.0f} us a telegram, {min(costs):.0f}..{max(costs):.0f},"
            f" {middle / 10_000:.3f} % of a core at one a second"
        )
    ratios = [spent / theirs for theirs, spent in found]
    print(
        f"ours / dsmr-parser: {statistics.median(ratios):.3f},"
        f" {min(ratios):.3f}..{max(ratios):.3f}"
    )


def held() -> str:
    """Return what the process holds."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    megabytes = pages * resource.getpagesize() / 1_000_000
    return f"{sys.getallocatedblocks()} blocks, {megabytes:.1f} MB resident"


async def grow(telegrams: int) -> None:
    """Print what the process holds while an entry takes telegrams."""
    async with home() as running:
        await running.take(running.telegrams(WARM_UP))
        print(f"after {running.hub.telegrams} telegrams: {held()}")
        for _ in range(REPORTS):
            left = telegrams // REPORTS
            while left:
                chunk = min(left, WARM_UP)
                await running.take(running.telegrams(chunk))
                left -= chunk
            print(f"after {running.hub.telegrams} telegrams: {held()}")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--growth", type=int)
    args = parser.parse_args()
    if args.growth:
        asyncio.run(grow(args.growth))
    else:
        compare(args.rounds, args.seconds)


if __name__ == "__main__":
    main()
