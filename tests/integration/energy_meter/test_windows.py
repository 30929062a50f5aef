"""Windows of a meter that other integrations read are right, or marked."""

import pytest

from .conftest import NOON
from .home import EXPORT, IMPORT, IMPORT_LOW, POWER, Home, demands, marks, mean

QUARTER = 900
# A counter tells either end of a window to a Wh.
RESOLUTION = 0.008


def day(second: int) -> float:
    """Return a load in watts that never rests."""
    return 800 + (second % 1234) * 3 + (4000 if second % 5000 > 2500 else 0)


@pytest.mark.parametrize("period", [1, 5, 10, 30, 60])
async def test_a_polled_counter_gives_whole_windows(home: Home, period: int) -> None:
    home.period = period
    home.load = day
    await home.add()
    await home.run(NOON + 4 * QUARTER + 60)

    windows = await home.windows(NOON, NOON + 4 * QUARTER)
    expected = [mean(day, NOON + number * QUARTER) for number in range(4)]
    assert demands(windows) == pytest.approx(expected, abs=RESOLUTION)
    assert marks(windows) == [False] * 4
    assert {window["source"] for window in windows} == {"counter"}
    assert home.value("last_window_demand") == pytest.approx(
        expected[3], abs=RESOLUTION
    )
    assert home.value("month_peak") == pytest.approx(max(expected), abs=RESOLUTION)


async def test_a_counter_that_is_told_every_five_minutes_marks_its_windows(
    home: Home,
) -> None:
    home.period = 300
    home.begin(NOON - 700)
    home.load = day
    await home.add()
    await home.run(NOON + 3 * QUARTER + 290)

    windows = await home.windows(NOON, NOON + 2 * QUARTER)
    assert marks(windows) == [True, True] or demands(windows) == pytest.approx(
        [mean(day, NOON), mean(day, NOON + QUARTER)], abs=RESOLUTION
    )
