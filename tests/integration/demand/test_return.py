"""A device that was silent for days, and what was counted meanwhile."""

from typing import Any

from custom_components.flukso.demand.attributes import DemandEvent
from homeassistant.core import HomeAssistant

from ..homes import epoch, timestamp
from .feed import DemandFeed
from .grid import WINDOW, Loads, steady

NOON = timestamp("2026-03-10 12:00")
DAYS = 3 * 86400
HALF: Loads = steady(500, 0, 0)


async def test_every_window_of_a_long_silence_is_told_once_and_in_order(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(HALF, NOON - 300, step=300)
    await feed.draw(NOON + WINDOW)
    told: list[int] = []

    def hear(event: DemandEvent, attributes: dict[str, Any]) -> None:
        if event is DemandEvent.WINDOW_CLOSED:
            told.append(epoch(attributes["window_start"]))

    feed.meter.on_event.add(hear)
    await feed.miss(NOON + DAYS)
    await feed.draw(NOON + DAYS + 2 * WINDOW)

    end = NOON + DAYS + 2 * WINDOW
    assert told == list(range(NOON + WINDOW, end, WINDOW))
    assert len(await feed.windows(NOON, end)) == (end - NOON) // WINDOW
    assert feed.meter.memory.ledger.energy("2026-03")[1] >= (end - NOON) // WINDOW
    hours = await feed.statistics("flukso:grid_demand", NOON)
    assert [row["start"] for row in hours][-1] == NOON + DAYS
