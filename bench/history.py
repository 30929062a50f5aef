"""Measure how late the event loop of Home Assistant is while years of history come in.

    python -m bench.history [SCENARIO ...] [--years N] [--turns]

A Home Assistant with a real SQLite recorder on the disk; each scenario has a process of
its own. A task sleeps 5 ms, over and over, and notes how late it wakes: p50, p99 and the
longest in ms. `turn` is the longest callback of the event loop by the clock, `cpu` the
most CPU time that one took itself: the rest it waited for other threads. `gc` is the
most CPU time of a pause for collecting garbage, which stops all threads. The ratio is
to the recorder's own import of the same rows, month by month, with nothing else.

--turns tells which callbacks took longest.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
import json
import os
from pathlib import Path
import subprocess
import sys
from tempfile import TemporaryDirectory
import time
from typing import Any

from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import async_add_external_statistics
from simulator import make_meter
from tests.brokers import free_port

from .history_energy import energy_rows
from .history_file import write_export
from .history_home import home, months_until, quarters
from .lag import LagProbe

DAY = 86400
HOUR = 3600
YEAR = 365 * DAY + DAY // 4
# A month of rows of the floor.
FLOOR_ROWS = 730
SHOWN_TURNS = 6
NAME_LENGTH = 150

type Scenario = Callable[[LagProbe, int], Awaitable[None]]


def midnight() -> int:
    """Return the last midnight of UTC, unix s."""
    return int(time.time()) // DAY * DAY


async def floor(probe: LagProbe, hours: int) -> None:
    """Let the recorder import rows, and nothing else be done."""
    metadata = StatisticMetaData(
        mean_type=StatisticMeanType.ARITHMETIC,
        has_sum=False,
        name="Floor",
        source="flukso",
        statistic_id="flukso:floor",
        unit_class="power",
        unit_of_measurement="kW",
    )
    first = datetime.fromtimestamp(midnight(), UTC) - timedelta(hours=hours)
    rows = [
        StatisticData(
            start=first + timedelta(hours=hour), mean=1.5, min=0.5, max=hour % 9
        )
        for hour in range(hours)
    ]
    async with home() as running, probe:
        for place in range(0, hours, FLOOR_ROWS):
            async_add_external_statistics(
                running.hass, metadata, rows[place : place + FLOOR_ROWS]
            )
            await asyncio.sleep(0)
        await running.settle()


async def floor_of_years(probe: LagProbe, years: int) -> None:
    """Let the recorder alone import the hours of years."""
    await floor(probe, years * YEAR // HOUR)


async def windows(probe: LagProbe, years: int) -> None:
    """Import years of quarters of an hour that are at hand."""
    found = quarters(midnight() - years * YEAR, midnight())
    async with home() as running:
        await running.set_up()
        async with probe:
            counts = await running.meter.async_import(found)
            await running.settle()
        assert counts.added == len(found)


async def again(probe: LagProbe, years: int) -> None:
    """Import what is known already."""
    found = quarters(midnight() - years * YEAR, midnight())
    async with home() as running:
        await running.set_up()
        await running.meter.async_import(found)
        await running.settle()
        async with probe:
            counts = await running.meter.async_import(found)
            await running.settle()
        assert counts.added == 0


async def file(probe: LagProbe, years: int) -> None:
    """Import an export of the grid company through the action."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        write_export(path, midnight() - years * YEAR, midnight())
        await take_file(probe, path)


async def take_file(probe: LagProbe, path: Path) -> None:
    """Import a file through the action."""
    async with home() as running:
        running.hass.config.allowlist_external_dirs.add(str(path.parent))
        await running.set_up()
        async with probe:
            await running.hass.services.async_call(
                "flukso",
                "import_windows",
                {"demand_meter": "grid", "path": str(path)},
                blocking=True,
                return_response=True,
            )
            await running.settle()


async def returned(probe: LagProbe, _years: int) -> None:
    """Let a meter come back after thirty days in which nothing was heard."""
    now = midnight()
    meter = make_meter("be-50217", start=now - 30 * DAY)
    before, after = meter.telegram(now - 30 * DAY), meter.telegram(now)
    assert before is not None
    assert after is not None
    async with home() as running:
        await running.set_up()
        while not running.line.clients:
            await asyncio.sleep(0)
        hub = running.entry.runtime_data.device.hub
        running.line.send(before)
        while not hub.telegrams:
            await asyncio.sleep(0.01)
        await running.settle()
        async with probe:
            running.line.send(after)
            while len(running.meter.memory.archive.recent) < 30 * 96:
                await asyncio.sleep(0.01)
            await running.settle()
        assert len(running.meter.memory.archive.recent) == 30 * 96


async def rule(probe: LagProbe, months: int) -> None:
    """Give a demand meter another rule, with so many months stored."""
    async with home() as running:
        running.store(months_until(midnight(), months))
        await running.set_up()
        await running.settle()
        subentry = running.entry.subentries["grid-meter"]
        flow = await running.entry.start_subentry_reconfigure_flow(
            running.hass, subentry.subentry_id
        )
        form = {key: item for key, item in subentry.data.items() if key != "slug"}
        async with probe:
            await running.hass.config_entries.subentries.async_configure(
                flow["flow_id"],
                form | {"profile": "custom", "rules": {"window": "60"}},
            )
            await running.settle()
        assert running.meter.tariff.calendar.rule.window == HOUR
        assert len(running.meter.memory.ledger.months) == months


async def start(probe: LagProbe, months: int, *, known: bool = True) -> None:
    """Start with so many months stored; `known`: their peaks are stored too."""
    async with home() as running:
        running.store(months_until(midnight(), months))
        if known:
            await running.set_up()
            # The peaks are written with the next window.
            running.meter.memory.take_month_peaks(())
            await running.hass.config_entries.async_unload(running.entry.entry_id)
            await running.settle()
        async with probe:
            await running.set_up()
        assert len(running.meter.memory.ledger.months) == months


SCENARIOS: dict[str, tuple[Scenario, str | None]] = {
    "floor": (floor_of_years, None),
    "windows": (windows, "floor"),
    "again": (again, "floor"),
    "file": (file, "floor"),
    "energy": (energy_rows, "floor"),
    "return": (returned, None),
    "floor-13": (lambda probe, _: floor(probe, 13 * FLOOR_ROWS), None),
    "rule-13": (lambda probe, _: rule(probe, 13), "floor-13"),
    "floor-120": (lambda probe, _: floor(probe, 120 * FLOOR_ROWS), None),
    "rule-120": (lambda probe, _: rule(probe, 120), "floor-120"),
    "start-0": (lambda probe, _: start(probe, 0), None),
    "start-37": (lambda probe, _: start(probe, 37), None),
    "lost-37": (lambda probe, _: start(probe, 37, known=False), None),
}


async def measure(name: str, years: int, *, turns: bool) -> dict[str, float]:
    """Return the figures of a scenario."""
    probe = LagProbe()
    await SCENARIOS[name][0](probe, years)
    if turns:
        longest = sorted(probe.turns, reverse=True)[:SHOWN_TURNS]
        for turn in longest:
            print(
                f"{turn.wall * 1000:.0f} ms, {turn.cpu * 1000:.0f} of its own:"
                f" {turn.name[:NAME_LENGTH]}",
                file=sys.stderr,
            )
    return probe.figures


def in_a_process(name: str, years: int, *, turns: bool) -> dict[str, float]:
    """Return the figures of a scenario in a process of its own."""
    command = [sys.executable, "-m", "bench.history", name, "--alone"]
    command += ["--years", str(years), *(["--turns"] if turns else [])]
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        # Where the web interface listens: nobody else may.
        env=os.environ | {"SETUP_PORT": str(free_port())},
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Print the figures of scenarios, and the ratios of what they took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--turns", action="store_true")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.alone:
        (name,) = args.scenarios
        print(json.dumps(asyncio.run(measure(name, args.years, turns=args.turns))))
        return
    found: dict[str, Any] = {}
    for name in args.scenarios or SCENARIOS:
        found[name] = figures = in_a_process(name, args.years, turns=args.turns)
        base = found.get(SCENARIOS[name][1] or "")
        ratio = f"{figures['took'] / base['took']:.2f}" if base else "-"
        print(
            f"{name}: {figures['took']:.1f} s, ratio {ratio};"
            f" lag p50 {figures['p50']:.1f}, p99 {figures['p99']:.0f},"
            f" max {figures['max']:.0f} ms; turn {figures['turn']:.0f},"
            f" cpu {figures['cpu']:.0f}, gc {figures['collection']:.0f} ms",
            flush=True,
        )


if __name__ == "__main__":
    main()
