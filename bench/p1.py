"""Compare reading one P1 telegram here with dsmr-parser's own stream protocol.

    python -m bench.p1 [--rounds N] [--telegrams N]

Both get the bytes of a Belgian telegram with 13 months of peaks and give its values:
dsmr-parser's DSMRProtocol an object for each line, we a typed telegram. They take turns;
the figure is CPU time per telegram.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
import statistics
import time

from dsmr_parser import telegram_specifications
from dsmr_parser.clients.protocol import DSMRProtocol
from dsmr_parser.parsers import TelegramParser

from custom_components.flukso.core.p1.framing import FrameReader, PlainFrame
from custom_components.flukso.core.p1.telegram import read_telegram

TELEGRAM = (
    Path(__file__).parents[1]
    / "tests/fixtures/telegrams/be_fluvius_50217_20241119_3ph_9kw_13months.txt"
)


def library(counted: list[int]) -> Callable[[bytes], None]:
    """Return what takes bytes with dsmr-parser's stream protocol."""

    def count(_telegram: object) -> None:
        counted[0] += 1

    parser = TelegramParser(telegram_specifications.BELGIUM_FLUVIUS)
    protocol = DSMRProtocol(None, parser, telegram_callback=count)
    feed: Callable[[bytes], None] = protocol.data_received
    return feed


def ours(counted: list[int]) -> Callable[[bytes], None]:
    """Return what takes bytes with our framing and typed telegrams."""
    reader = FrameReader()

    def feed(data: bytes) -> None:
        for frame in reader.feed(data):
            if isinstance(frame, PlainFrame) and read_telegram(frame.text).history:
                counted[0] += 1

    return feed


def cost(
    make: Callable[[list[int]], Callable[[bytes], None]], data: bytes, telegrams: int
) -> float:
    """Return the CPU time of one telegram in microseconds."""
    counted = [0]
    feed = make(counted)
    feed(data)
    began = time.process_time_ns()
    for _ in range(telegrams):
        feed(data)
    spent = time.process_time_ns() - began
    assert counted[0] == telegrams + 1
    return spent / telegrams / 1000


def main() -> None:
    """Print the medians of both and their ratio, round by round."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--telegrams", type=int, default=500)
    args = parser.parse_args()
    data = TELEGRAM.read_bytes()
    found = [
        (cost(library, data, args.telegrams), cost(ours, data, args.telegrams))
        for _ in range(args.rounds)
    ]
    for name, costs in zip(
        ("dsmr-parser", "ours"), zip(*found, strict=True), strict=True
    ):
        print(
            f"{name}: {statistics.median(costs):.0f} us a telegram,"
            f" {min(costs):.0f}..{max(costs):.0f}"
        )
    ratios = [ours_cost / theirs for theirs, ours_cost in found]
    print(
        f"ours / dsmr-parser: {statistics.median(ratios):.3f},"
        f" {min(ratios):.3f}..{max(ratios):.3f}"
    )


if __name__ == "__main__":
    main()
