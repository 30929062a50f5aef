"""Reading for months keeps nothing."""

import gc
import sys

import pytest

from custom_components.flukso.core.p1.framing import FrameReader, PlainFrame
from custom_components.flukso.core.p1.telegram import read_telegram

from .support import POWER_FAILURES, THIRTEEN_MONTHS, fixture, telegram

# What lists make dsmr-parser's own parser of the Dutch editions grow.
SHORT = telegram(
    "1-3:0.2.8(50)",
    "1-0:1.7.0(00.338*kW)",
    "1-0:99.97.0(1)(0-0:96.7.19)(190326095015W)(0000002014*s)",
    header="ISK5",
)


def read_again_and_again(reader: FrameReader, data: bytes, times: int) -> int:
    """Read a telegram so often; return how many were read."""
    return sum(
        isinstance(frame, PlainFrame)
        and read_telegram(frame.text).power_import is not None
        for _ in range(times)
        for frame in reader.feed(data)
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "times"),
    [
        pytest.param(SHORT, 5_000, id="short"),
        pytest.param(fixture(THIRTEEN_MONTHS), 500, id="13 months"),
        pytest.param(fixture(POWER_FAILURES), 500, id="power failures"),
        pytest.param(SHORT[:-4] + b"zz\r\n" + SHORT, 500, id="every other refused"),
    ],
)
def test_memory_stays_as_it_is(data: bytes, times: int) -> None:
    reader = FrameReader()
    assert read_again_and_again(reader, data, 100) == 100
    grown = []
    for _ in range(5):
        gc.collect()
        before = sys.getallocatedblocks()
        assert read_again_and_again(reader, data, times) == times
        gc.collect()
        grown.append(sys.getallocatedblocks() - before)
    # Others in this process may allocate once; what telegrams leave behind shows always.
    assert min(grown) < 20
    assert reader.pending <= len(b"\r\n")
