"""What the event entity tells, and when."""

import pytest

from ..homes import timestamp
from .feed import DemandFeed
from .grid import steady, stepped

NOON = timestamp("2026-03-10 12:00")
UTC_NOON = "2026-03-10T11:00:00+00:00"
UTC_QUARTER_PAST = "2026-03-10T11:15:00+00:00"


async def test_a_closed_window_is_told_with_what_it_rests_on(feed: DemandFeed) -> None:
    await feed.connect(steady(1200, 800, 0), NOON - 20)
    await feed.draw(NOON + 900)

    first, second = feed.told("window_closed")
    assert first["coverage"] == pytest.approx(10 / 900, abs=0.001)
    assert first["at_least"]
    assert second == {
        "window_start": UTC_NOON,
        "window_end": UTC_QUARTER_PAST,
        "demand": 2,
        "energy": 0.5,
        "source": "counter",
        "coverage": 1,
        "at_least": False,
    }


async def test_only_a_higher_window_is_a_new_month_peak(feed: DemandFeed) -> None:
    loads = stepped(
        {
            0: (1000, 0, 0),
            NOON + 900: (1000, 0, 0),
            NOON + 1800: (2000, 0, 0),
            NOON + 2700: (500, 0, 0),
        }
    )
    await feed.connect(loads, NOON - 10)
    await feed.draw(NOON + 3600)

    peaks = feed.told("new_month_peak")
    assert [(peak["demand"], peak["previous_peak"]) for peak in peaks] == [
        (1, None),
        (2, 1),
    ]
    assert peaks[0]["window_start"] == UTC_NOON


async def test_a_broken_target_is_told_once_and_as_soon_as_it_is_certain(
    feed: DemandFeed,
) -> None:
    await feed.connect(steady(5000, 0, 0), NOON - 10)
    await feed.draw(NOON + 400, chunk=60)
    await feed.draw(NOON + 440, chunk=10)
    assert feed.told("target_exceeded") == []

    await feed.draw(NOON + 460, chunk=10)
    (told,) = feed.told("target_exceeded")
    assert told == {
        "window_start": UTC_NOON,
        "demand": pytest.approx(2.556, abs=0.001),
        "target": 2.5,
    }
    await feed.draw(NOON + 900, chunk=60)
    assert len(feed.told("target_exceeded")) == 1


async def test_a_window_that_equals_the_peak_breaks_no_target(
    feed: DemandFeed,
) -> None:
    await feed.connect(steady(3600, 0, 0), NOON - 10)
    await feed.draw(NOON + 3600)

    assert len(feed.told("new_month_peak")) == 1
    assert len(feed.told("target_exceeded")) == 1


async def test_the_end_of_a_month_is_told_with_its_peak(feed: DemandFeed) -> None:
    midnight = timestamp("2026-04-01 00:00")
    loads = stepped({0: (4000, 0, 0), midnight - 900: (3000, 0, 0)})
    await feed.connect(loads, midnight - 1810)
    await feed.draw(midnight + 1800, chunk=60)

    (told,) = feed.told("month_closed")
    assert told == {
        "month": "2026-03",
        "month_peak": 4,
        "source": "counter",
        "at_least": False,
        "marked_windows": 0,
    }
    # In March only the window of 4 kW broke the target, in April the first one.
    assert [event["target"] for event in feed.told("target_exceeded")] == [2.5, 2.5]
    kinds = [event["event_type"] for event in feed.events]
    assert kinds[3:5] == ["window_closed", "month_closed"]


async def test_a_month_that_ended_in_silence_is_told_when_readings_return(
    feed: DemandFeed,
) -> None:
    midnight = timestamp("2026-04-01 00:00")
    await feed.connect(steady(4000, 0, 0), midnight - 1810)
    await feed.draw(midnight - 300)
    await feed.miss(midnight + 1200)
    assert feed.told("month_closed") == []

    await feed.draw(midnight + 1300)
    (told,) = feed.told("month_closed")
    assert told["month"] == "2026-03"
    assert told["marked_windows"] == 1
    assert told["at_least"]
