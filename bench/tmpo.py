"""Compare reading history here with the least that any reader has to do.

    python -m bench.tmpo [--rounds N] [--peer PYTHON]

A level-20 block of 30,849 points, made of the first steps of a real one, from gzip to
validated arrays; beside it orjson and accumulate, which check nothing. --peer is the
Python of an environment with tmpo-py, which then reads the same block in a process of
its own.

A year of readings of one counter, the same steps more slowly, into quarters of an hour
with coverage and marks, and into hourly rows; beside it one pass in plain Python that
interpolates at the edges and marks nothing.

They take turns; the figure is CPU time.
"""

import argparse
from bisect import bisect_right
from collections.abc import Callable
import gzip
from itertools import accumulate
import json
from pathlib import Path
import re
import statistics
import subprocess
import tempfile
import time

import orjson

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.history.recount import recount
from custom_components.flukso.core.energy.hours import hourly_rows
from custom_components.flukso.core.energy.series import Series
from custom_components.flukso.core.fluksometer.tmpo.block import read_block
from custom_components.flukso.core.fluksometer.tmpo.keys import BlockKey

SENSOR = "fed676021dacaaf6a12a8dda7685be34"
BEGIN = 1402994688
BLOCK = Path(__file__).parents[1] / "tests/fixtures" / "tmpo" / SENSOR / f"0/20/{BEGIN}"
POINTS = 30_849
COUNTER = 2_433_125
NOW = BEGIN + 10**9
YEAR = 365 * 86400
SLOWER = 4
QUARTER = 900

PEER = """
import sys, time, warnings
warnings.simplefilter("ignore")
import tmpo
session = object.__new__(tmpo.Session)
block = open(sys.argv[1], "rb").read()
for _ in range(int(sys.argv[2]) + 1):
    began = time.process_time()
    series = session._blk2series("gz", block, 0, tmpo.EPOCHS_MAX)
    print(time.process_time() - began, len(series))
"""

type Task = Callable[[], object]


def real_steps() -> tuple[list[int], list[int]]:
    """Return the first steps of a real block, which is not JSON: some are missing."""
    text = gzip.decompress(BLOCK.read_bytes()).decode()
    lists = re.search(r'"t":\[(.*)\],"v":\[(.*)\]', text)
    assert lists is not None
    times, values = (
        [int(one) for one in re.findall(r"\d+", part)] for part in lists.groups()
    )
    return times[:POINTS], values[:POINTS]


def write_block() -> bytes:
    """Return these steps as a whole block."""
    times, values = real_steps()
    header = {
        "cfg": {"data_type": "counter"},
        "tail": [BEGIN + sum(times), COUNTER + sum(values)],
        "vsn": 1,
        "head": [BEGIN, COUNTER],
    }
    document = {"h": header, "t": times, "v": values}
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode())


def floor_of_block(block: bytes) -> tuple[list[int], list[float]]:
    """Decode a block and check nothing."""
    content = orjson.loads(gzip.decompress(block))
    time_0, value_0 = content["h"]["head"]
    return (
        list(accumulate(content["t"], initial=time_0)),
        list(accumulate(content["v"], initial=value_0)),
    )


def a_year() -> tuple[list[int], list[float]]:
    """Return the readings of a year."""
    times, values = real_steps()
    stamps, counts = [BEGIN], [float(COUNTER)]
    while stamps[-1] < BEGIN + YEAR:
        stamps += accumulate(
            (SLOWER * step for step in times[1:]), initial=stamps.pop()
        )
        counts += accumulate(map(float, values[1:]), initial=counts.pop())
    end = bisect_right(stamps, BEGIN + YEAR)
    return stamps[:end], counts[:end]


def floor_of_windows(times: list[int], values: list[float]) -> list[float]:
    """Return the energy of each quarter in one plain pass."""
    found: list[float] = []
    last, value = times[0], values[0]
    end, edge = (last // QUARTER + 1) * QUARTER, value
    for now, counted in zip(times, values, strict=True):
        while now >= end:
            at_end = value + (counted - value) * (end - last) / (now - last)
            found.append(at_end - edge)
            edge, end = at_end, end + QUARTER
        last, value = now, counted
    return found


def cost(task: Task) -> float:
    """Return the CPU time of a task in milliseconds."""
    began = time.process_time_ns()
    task()
    return (time.process_time_ns() - began) / 1e6


def peer_costs(python: str, block: bytes, rounds: int) -> list[float]:
    """Return what tmpo-py takes for the block, in milliseconds."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(block)
        file.flush()
        output = subprocess.run(
            [python, "-c", PEER, file.name, str(rounds)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    rows = [line.split() for line in output.splitlines()]
    if {int(count) for _, count in rows} != {POINTS}:
        raise SystemExit("tmpo-py did not read the block")
    return [float(seconds) * 1000 for seconds, _ in rows[1:]]


def tell(name: str, costs: list[float]) -> None:
    """Print a median with its extremes."""
    print(
        f"{name}: {statistics.median(costs):.2f} ms, {min(costs):.2f}..{max(costs):.2f}"
    )


def compare(floor: str, tasks: dict[str, Task], rounds: int) -> dict[str, list[float]]:
    """Let tasks take turns; print their costs, and of each the ratio to the floor."""
    for task in tasks.values():
        task()
    found: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            found[name].append(cost(task))
    for name, costs in found.items():
        tell(name, costs)
    for name in tasks.keys() - {floor}:
        ratios = [a / b for a, b in zip(found[name], found[floor], strict=True)]
        print(
            f"{name} / {floor}: {statistics.median(ratios):.2f},"
            f" {min(ratios):.2f}..{max(ratios):.2f}"
        )
    return found


def main() -> None:
    """Print what blocks and windows cost, and the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--peer")
    args = parser.parse_args()
    block = write_block()
    key = BlockKey(SENSOR, 0, 20, BEGIN)
    read = read_block(key, block, NOW)
    assert read.whole
    assert len(read.points) == POINTS
    found = compare(
        "orjson + accumulate",
        {
            "orjson + accumulate": lambda: floor_of_block(block),
            "validated": lambda: read_block(key, block, NOW),
        },
        args.rounds,
    )
    if args.peer:
        peer = peer_costs(args.peer, block, args.rounds)
        tell("tmpo-py", peer)
        ratio = statistics.median(peer) / statistics.median(found["validated"])
        print(f"tmpo-py / validated: {ratio:.1f}")
    times, values = a_year()
    series = Series.of(zip(times, values, strict=True))
    plan = SourcePlan((SENSOR,))
    windows = recount(plan, {SENSOR: series})
    print(f"a year: {len(series)} readings, {len(windows)} windows")
    compare(
        "plain pass",
        {
            "plain pass": lambda: floor_of_windows(times, values),
            "windows": lambda: recount(plan, {SENSOR: series}),
            "hourly rows": lambda: hourly_rows(series, scale=0.001),
        },
        max(3, args.rounds // 3),
    )


if __name__ == "__main__":
    main()
