"""A notification tells how far an import is, and what came of it."""

from collections import deque
from collections.abc import Mapping
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    async_get_persistent_notifications,
)

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.transport.http.cloud import ATTEMPTS
from homeassistant.components import persistent_notification
from homeassistant.components.persistent_notification import Notification, UpdateType
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from simulator.cloud import Fault, status

from .feed import ACCOUNT, NOON, CloudFeed

ID = "flukso_history_grid"
DAY = 86400
QUARTER = 900
START = NOON - 30 * DAY


class Notices:
    """What was shown in the notification of the import, in order."""

    def __init__(self, hass: HomeAssistant, *, dismissing: bool = False) -> None:
        """Look at every notification from now on."""
        self.shown: list[Notification] = []
        self.dismissed = 0

        @callback
        def look(change: UpdateType, found: Mapping[str, Notification]) -> None:
            if ID not in found or change is UpdateType.REMOVED:
                return
            self.shown.append(found[ID])
            if dismissing and not self.dismissed:
                self.dismissed += 1
                persistent_notification.async_dismiss(hass, ID)

        persistent_notification.async_register_callback(hass, look)

    @property
    def titles(self) -> list[str | None]:
        """The titles, each once."""
        return list(dict.fromkeys(notice["title"] for notice in self.shown))

    @property
    def messages(self) -> list[str]:
        """The messages."""
        return [notice["message"] for notice in self.shown]


async def installed(feed: CloudFeed) -> None:
    """Install beside a cloud that tells the same power for a month."""
    feed.choose(import_sensors=feed.clamps("pplus")[:1], export_sensors=[])
    feed.cloud.mean = lambda _sensor, stamp, _length: 1000 + stamp // 900 % 7
    feed.cloud.forgetful = False
    await feed.install(NOON + 60)


async def test_it_is_followed_to_the_end(hass: HomeAssistant, feed: CloudFeed) -> None:
    await installed(feed)
    notices = Notices(hass)
    response = await feed.backfill(START)
    assert response["added"] == 30 * DAY / QUARTER

    assert notices.titles == ["Grid: importing history", "Grid: history imported"]
    first, *running, last = notices.messages
    assert first.startswith(
        "0 % of the time from 2026-02-08 12:00 to 2026-03-10 12:00 is done, back to "
        "2026-03-10 12:00. Imported so far: 0 quarter-hours and 0 hourly energy values."
    )
    shares = [int(message.split(" %")[0]) for message in running]
    assert shares == sorted(shares)
    assert len(set(shares)) > 3
    assert shares[-1] == 100
    assert any("done, back to 2026-02-2" in message for message in running)
    assert last == (
        "From 2026-02-08 12:00 to 2026-03-10 12:00. Quarter-hours imported: 2880; known "
        "as well or better: 0; still missing: 0. Hourly energy values filled in: 0. The "
        "first imported quarter-hour is that of 2026-02-08 12:00, the last one that of "
        "2026-03-10 11:45."
    )
    assert list(async_get_persistent_notifications(hass)) == [ID]

    # Once more: there is nothing left to do.
    await feed.backfill(START)
    assert "Quarter-hours imported: 0;" in notices.messages[-1]
    assert "first imported" not in notices.messages[-1]


async def test_whoever_dismisses_it_sees_it_again_at_the_end(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    await installed(feed)
    notices = Notices(hass, dismissing=True)
    response = await feed.backfill(START)
    assert response["missing"] == 0
    assert notices.titles == ["Grid: importing history", "Grid: history imported"]
    assert len(notices.shown) == 2
    assert list(async_get_persistent_notifications(hass)) == [ID]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (status(500), "Flukso's cloud is too busy at the moment. "),
        (status(401), "Flukso's cloud does not accept the token that was given with "),
    ],
)
async def test_a_failure_says_how_far_it_came_and_what_to_do(
    hass: HomeAssistant, feed: CloudFeed, fault: Fault, reason: str
) -> None:
    await installed(feed)
    notices = Notices(hass)
    # From then on it tells nothing at all.
    feed.cloud.faults = deque([None] * 4 + [fault] * (3 * ATTEMPTS))
    with pytest.raises(HomeAssistantError):
        await feed.backfill(START)
    assert notices.titles == [
        "Grid: importing history",
        "Grid: import of history stopped",
    ]
    message = notices.messages[-1]
    assert message.startswith(reason)
    known = await feed.windows(START, NOON)
    assert f"{len(known)} quarter-hours and 0 hourly energy values" in message
    assert message.endswith("Run the same action again to go on from there.")
    assert ACCOUNT not in str(notices.shown)
    for sensor in feed.cloud.sensors:
        assert sensor not in str(notices.shown)

    feed.cloud.faults.clear()
    asked = len(feed.cloud.asked)
    response = await feed.backfill(START)
    assert response["added"] == 30 * DAY / QUARTER - len(known)
    assert asked < len(feed.cloud.asked)
    assert notices.titles[-1] == "Grid: history imported"


async def test_what_is_refused_at_once_is_not_followed(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    await installed(feed)
    with pytest.raises(HomeAssistantError):
        await feed.backfill(START, token="none")
    with pytest.raises(HomeAssistantError):
        await feed.backfill(START, url="ftp://127.0.0.1")
    assert not async_get_persistent_notifications(hass)


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        (
            "nl",
            [
                "Grid: geschiedenis wordt geïmporteerd",
                "Grid: geschiedenis geïmporteerd",
            ],
        ),
        (
            "fr",
            [
                "Grid : importation de l'historique en cours",
                "Grid : historique importé",
            ],
        ),
        ("de", ["Grid: Historie wird importiert", "Grid: Historie importiert"]),
        ("es", ["Grid: importing history", "Grid: history imported"]),
    ],
)
async def test_it_speaks_the_language_and_keeps_the_time_of_the_home(
    hass: HomeAssistant, feed: CloudFeed, language: str, titles: list[str]
) -> None:
    await installed(feed)
    await hass.config.async_update(language=language, time_zone="America/New_York")
    notices = Notices(hass)
    await feed.backfill(NOON - 3600)
    assert notices.titles == titles
    assert all("2026-03-10 07:00" in message for message in notices.messages)
    assert not any(set("{}") & set(message) for message in notices.messages)


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {"start": NOON - (count - place) * QUARTER, "energy": 0.25}
        for place in range(count)
    ]


async def import_rows(feed: CloudFeed, count: int) -> Any:
    return await feed.hass.services.async_call(
        DOMAIN,
        "import_windows",
        {"demand_meter": feed.meter.slug, "rows": rows(count)},
        blocking=True,
        return_response=True,
    )


async def test_years_of_rows_are_followed_too(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    await installed(feed)
    notices = Notices(hass)
    response = await import_rows(feed, 15000)
    assert (response["added"], response["known"], response["refused"]) == (15000, 0, 0)
    assert notices.titles == ["Grid: importing history", "Grid: history imported"]
    shares = [int(message.split(" %")[0]) for message in notices.messages[:-1]]
    assert shares == [0, 17, 36, 56, 76, 93, 100]
    # Month by month: October, of which 2568 were asked for, and the 2880 of November.
    assert "36 % is done, up to 2025-11-30 23:45: 5448 of 15000" in notices.messages[2]
    assert notices.messages[-1].startswith(
        "Quarter-hours imported: 15000; known as well or better: 0; refused: 0."
    )
    again = await import_rows(feed, 15000)
    assert (again["added"], again["known"]) == (0, 15000)


async def test_a_few_rows_are_imported_without_a_word(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    await installed(feed)
    assert (await import_rows(feed, 2000))["added"] == 2000
    assert not async_get_persistent_notifications(hass)


async def test_a_long_import_ends_with_its_demand_meter(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    await installed(feed)
    notices = Notices(hass)

    @callback
    def leave(_change: UpdateType, found: Mapping[str, Notification]) -> None:
        if ID in found and "36 %" in found[ID]["message"]:
            undo()
            hass.config_entries.async_schedule_reload(feed.entry.entry_id)

    undo = persistent_notification.async_register_callback(hass, leave)
    with pytest.raises(HomeAssistantError) as raised:
        await import_rows(feed, 15000)
    assert raised.value.translation_key == "backfill_interrupted"
    assert notices.titles[-1] == "Grid: import of history stopped"
    assert "of 15000 quarter-hours are done, up to" in notices.messages[-1]
    await hass.async_block_till_done()
    left = await import_rows(feed, 15000)
    assert left["known"] >= 5448
    assert left["added"] == 15000 - left["known"]
