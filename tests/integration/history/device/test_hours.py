"""Hours that could not be healed in time are filled in on request."""

import pytest

from homeassistant.components.recorder.statistics import StatisticsRow

from ...demand.grid import random_loads
from ...homes import timestamp
from .feed import HOUR, HealingFeed, backfill, counted, entity_of, rows

NOON = timestamp("2026-03-10 12:00")
DAY = timestamp("2026-03-10 00:00")
AWAY, BACK = NOON + 1000, NOON + 5 * HOUR + 1000
END = NOON + 7 * HOUR
loads = random_loads(5, phases=1)

type Rows = dict[int, StatisticsRow]


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile its statistics."""
    return True


async def slept(feed: HealingFeed, *, awake: bool) -> tuple[str, Rows]:
    """Miss some hours beside a device that does not answer; return what is known.

    `awake`: the recorder runs meanwhile, and repeats what it saw last.
    """
    feed.choose_one_clamp()
    await feed.connect(loads, NOON - 2 * HOUR)
    await feed.draw(AWAY, chunk=60)
    entity_id = entity_of(feed, feed.grid.imports[0])
    await feed.unload()
    feed.recorder.answers = feed.recorder.publishes = False
    await (feed.wait if awake else feed.miss)(BACK)
    await feed.load()
    await feed.draw(END, chunk=60)
    await feed.tick(15)
    feed.recorder.answers = True
    return entity_id, await rows(feed, entity_id)


def levels(found: Rows, hours: range) -> dict[int, tuple[float | None, float | None]]:
    """Return counters and sums of some hours that are known."""
    return {
        start: (found[start]["state"], found[start]["sum"])
        for start in hours
        if start in found
    }


@pytest.mark.parametrize("awake", [True, False])
async def test_after_it_the_hours_are_those_of_a_home_assistant_that_never_slept(
    feed: HealingFeed, awake: bool
) -> None:
    entity_id, known = await slept(feed, awake=awake)
    missed = [known.get(NOON + place * HOUR) for place in (2, 3)]
    assert [row and row["change"] for row in missed] == [0.0 if awake else None] * 2
    lump = known[NOON + 5 * HOUR]["change"]

    await backfill(feed, NOON - 2 * HOUR)
    found = await rows(feed, entity_id)
    sensor = feed.grid.imports[0]
    assert list(found) == list(range(NOON - 2 * HOUR, END, HOUR))
    # What the entity showed is up to a minute old at the end of an hour it saw.
    for start in range(NOON - HOUR, END, HOUR):
        assert found[start]["change"] == pytest.approx(
            counted(feed, sensor, start), abs=4 / 60
        )
    for start in range(NOON + HOUR, NOON + 5 * HOUR, HOUR):
        assert found[start]["change"] == pytest.approx(
            counted(feed, sensor, start), abs=1e-5
        )
    # What the first hour after it seemed to have drawn has gone where it belongs.
    assert lump is not None
    assert lump > 3 * (found[NOON + 5 * HOUR]["change"] or 0)
    later, before = range(BACK - BACK % HOUR, END, HOUR), range(DAY, NOON, HOUR)
    for hours in (later, before):
        assert levels(found, hours) == levels(known, hours)


async def test_to_fill_them_twice_is_to_fill_them_once(feed: HealingFeed) -> None:
    entity_id, _known = await slept(feed, awake=False)
    await backfill(feed, NOON - HOUR, END - 2 * HOUR)
    once = await rows(feed, entity_id)
    asked = len(feed.recorder.requests)
    answer = await backfill(feed, NOON - HOUR, END - 2 * HOUR)
    assert (answer["added"], answer["missing"]) == (0, 0)
    assert len(feed.recorder.requests) == asked
    assert await rows(feed, entity_id) == once
