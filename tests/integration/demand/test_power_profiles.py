"""How windows were drawn, every 5 s: measured, kept, pruned and told."""

import json
from pathlib import Path
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from simulator import make_meter
from simulator.quarter_monitor import QuarterMonitor, file_of

from ..actions.imports import import_windows
from ..homes import WindowData, epoch, timestamp
from .feed import DemandFeed
from .grid import Loads, random_loads, steady, stepped
from .p1 import MakeFeed

NOON = timestamp("2026-03-10 12:00")
EVENING = timestamp("2026-03-10 19:00")
JANUARY = timestamp("2026-01-01 00:00")
HOUR = 3600
DAY = 86400
FOLDER = "flukso.demand/grid-meter"
MARCH = "profiles-2026-03"
STEPS = 180
HALF: Loads = steady(500, 0, 0)
mixed = random_loads(11, lowest=-2000)


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let stores use the disk."""
    return {}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Return a folder of the test's own."""
    return str(tmp_path / "config")


@pytest.fixture
def files(hass: HomeAssistant) -> Path:
    """Return where the demand meter keeps what it knows."""
    return Path(hass.config.path(".storage", FOLDER))


def rows_in(path: Path) -> list[list[int]]:
    """Return the profiles in a file."""
    rows: list[list[int]] = json.loads(path.read_text())["data"]["profiles"]
    return rows


def truth(loads: Loads, start: int) -> list[float]:
    """Return the net import of each 5 s of a quarter whose loads last 10 s, W."""
    return [
        float(max(0, sum(loads(begin))))
        for begin in range(start, start + 900, 10)
        for _ in range(2)
    ]


def energy(window: WindowData) -> float:
    """Return what the profile of a window comes to, kWh."""
    return float(sum(window["profile"]) * 5 / 3_600_000)


def copy_card(folder: Path, card: QuarterMonitor) -> str:
    """Copy a card to a folder; return its path."""
    for start in card.card:
        path = folder / "card" / file_of(start).lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(card.answer(file_of(start), {}).body)
    return str(folder / "card")


def sawtooth(start: int) -> int:
    """Return another power for each quarter, 1 to 4 kW."""
    return 1000 + start // 900 * 37 % 3000


def highest(start: int, end: int, count: int = 10) -> list[int]:
    """Return the starts of the highest quarters of a sawtooth, in order."""
    ranked = sorted(range(start, end, 900), key=lambda begin: (-sawtooth(begin), begin))
    return sorted(ranked[:count])


async def told(feed: DemandFeed, start: int, end: int) -> list[int]:
    """Return which windows of a period are told with their profiles, unix s."""
    return [
        epoch(window["window_start"])
        for window in await feed.windows(start, end, profiles=True)
        if "profile" in window
    ]


async def test_clamps_tell_how_a_window_was_drawn(feed: DemandFeed) -> None:
    feed.choose()
    await feed.connect(mixed, NOON - 20)
    await feed.draw(NOON + 930)

    (window,) = await feed.windows(NOON, NOON + 900, profiles=True)
    assert window["profile"] == pytest.approx(truth(mixed, NOON), abs=2)
    assert energy(window) == pytest.approx(window["energy"], abs=0.0002)
    assert energy(window) == pytest.approx(feed.grid.energy(NOON, NOON + 900), abs=1e-3)


async def test_profiles_are_told_to_those_who_ask(feed: DemandFeed) -> None:
    feed.choose()
    await feed.connect(HALF, NOON - 20)
    await feed.draw(NOON + 930)
    for options in ({}, {"profiles": False}):
        (window,) = await feed.windows(NOON, NOON + 900, **options)
        assert "profile" not in window
    assert await feed.windows(NOON - DAY, NOON - HOUR, profiles=True) == []


async def test_what_is_no_yes_or_no_is_refused(feed: DemandFeed) -> None:
    await feed.connect(HALF, NOON - 10)
    with pytest.raises(Exception, match="profiles"):
        await feed.windows(NOON, NOON + 900, profiles="perhaps")


async def test_the_running_window_is_told_as_far_as_it_has_come(
    feed: DemandFeed,
) -> None:
    loads = stepped({0: (1000, 0, 0), NOON + 300: (3000, 0, 0)})
    feed.choose()
    await feed.connect(loads, NOON - 20)
    await feed.draw(NOON + 600)
    expected = [1000] * 60 + [3000] * 60 + [None] * 60
    assert await feed.meter.async_profile(NOON) == expected
    assert await feed.meter.async_profile(NOON + 900) is None
    assert await feed.meter.async_profile(NOON - DAY) is None


async def test_a_window_is_told_with_its_last_second(feed: DemandFeed) -> None:
    loads = stepped({0: (1000, 0, 0), NOON + 890: (9000, 0, 0)})
    feed.choose()
    await feed.connect(loads, NOON - 20, step=1)
    await feed.draw(NOON + 900)
    await feed.draw(NOON + 930)
    (window,) = await feed.windows(NOON, NOON + 900, profiles=True)
    assert window["profile"] == pytest.approx([1000] * 178 + [9000] * 2, abs=10)


async def test_a_restart_keeps_what_was_seen(feed: DemandFeed) -> None:
    feed.choose()
    await feed.connect(steady(2000, 0, 0), NOON - 20)
    await feed.draw(NOON + 300)
    await feed.unload()
    await feed.miss(NOON + 420)
    await feed.load()
    await feed.draw(NOON + 930)
    await feed.reload()

    (window,) = await feed.windows(NOON, NOON + 900, profiles=True)
    profile = window["profile"]
    assert profile[:59] == pytest.approx([2000] * 59, abs=1)
    assert profile[62:83] == [None] * 21
    assert profile[87:] == pytest.approx([2000] * 93, abs=1)


async def test_profiles_are_there_after_a_restart(feed: DemandFeed) -> None:
    feed.choose()
    await feed.connect(mixed, NOON - 20)
    await feed.draw(NOON + 903)
    await feed.reload()

    (window,) = await feed.windows(NOON, NOON + 900, profiles=True)
    assert window["profile"] == pytest.approx(truth(mixed, NOON), abs=5)


async def test_an_hour_has_the_profile_of_its_quarters(feed: DemandFeed) -> None:
    loads = random_loads(12)
    await feed.connect_by_form(
        loads,
        NOON - 900,
        step=10,
        name="Grid",
        profile="custom",
        rules={"window": "60", "direction": "import"},
    )
    await feed.draw(NOON + HOUR + 30)
    (window,) = await feed.windows(NOON, NOON + HOUR, profiles=True)
    assert len(window["profile"]) == 4 * STEPS
    assert energy(window) == pytest.approx(window["energy"], abs=0.001)
    start = await feed.meter.async_profile(NOON)
    assert start == window["profile"]


async def test_p1_telegrams_tell_how_a_window_was_drawn(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    start = EVENING - 5
    meter = make_meter("be-50217", start=start, seed=3)
    first = meter.telegram(start)
    assert first is not None
    feed = meter_at(first)
    await feed.start(start)
    await feed.send(first)
    for second in range(start + 1, start + 930):
        telegram = meter.telegram(second)
        assert telegram is not None
        feed.freezer.move_to(dt_util.utc_from_timestamp(second))
        await feed.send(telegram)

    answer: Any = await hass.services.async_call(
        "flukso",
        "get_windows",
        {"demand_meter": "grid", "start": "2026-03-10 19:00:00", "profiles": True},
        blocking=True,
        return_response=True,
    )
    (window,) = answer["windows"]
    assert window["source"] == "meter"
    assert len(window["profile"]) == STEPS
    assert energy(window) == pytest.approx(window["energy"], abs=0.0002)
    assert len(set(window["profile"])) > 5


async def test_of_a_card_the_highest_of_each_month_and_two_days_are_kept(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    feed.choose()
    await feed.connect(HALF, NOON - 10)
    card = QuarterMonitor(sawtooth, JANUARY)
    for start, end in (
        (JANUARY, JANUARY + 3 * DAY),
        (NOON - 5 * DAY, NOON - 3 * DAY),
        (NOON - 50 * HOUR, NOON - 47 * HOUR),
    ):
        card.fill(start, end, sawtooth)
    await import_windows(hass, path=copy_card(folder, card))

    january = highest(JANUARY, JANUARY + 3 * DAY)
    assert await told(feed, JANUARY, JANUARY + 3 * DAY) == january
    of_march = [*range(NOON - 5 * DAY, NOON - 3 * DAY, 900)]
    of_march += range(NOON - 50 * HOUR, NOON - 47 * HOUR, 900)
    ranked = sorted(of_march, key=lambda begin: (-sawtooth(begin), begin))[:10]
    recent = [begin for begin in of_march if begin >= NOON - 48 * HOUR - 10]
    found = await told(feed, NOON - 5 * DAY, NOON - 3 * DAY)
    assert found == sorted(set(ranked) - set(range(NOON - 50 * HOUR, NOON, 900)))
    late = await told(feed, NOON - 50 * HOUR, NOON - 47 * HOUR)
    assert set(recent) <= set(late)
    assert set(late) == set(recent) | (set(ranked) & set(late))

    (window,) = await feed.windows(january[0], january[0] + 900, profiles=True)
    assert window["profile"] == [sawtooth(january[0])] * STEPS


async def test_what_becomes_old_is_let_go_unless_it_is_among_the_highest(
    hass: HomeAssistant,
    feed: DemandFeed,
    *,
    folder: Path,
    files: Path,
) -> None:
    feed.choose()
    await feed.connect(HALF, NOON - 10)
    first, last = NOON - 47 * HOUR, NOON - 41 * HOUR
    card = QuarterMonitor(sawtooth, JANUARY)
    card.fill(first, last, sawtooth)
    await import_windows(hass, path=copy_card(folder, card))
    assert await told(feed, first, last) == list(range(first, last, 900))

    await feed.draw(NOON + 900)
    await feed.miss(NOON + 8 * HOUR)
    await feed.draw(NOON + 8 * HOUR + 930)
    assert await told(feed, first, last) == highest(first, last)
    await feed.unload()
    starts = [row[0] for row in rows_in(files / MARCH)]
    assert [start for start in starts if start < NOON] == highest(first, last)
    assert NOON in starts


async def test_what_became_old_while_nobody_ran_is_let_go_at_the_start(
    hass: HomeAssistant,
    feed: DemandFeed,
    *,
    folder: Path,
    files: Path,
) -> None:
    feed.choose()
    await feed.connect(HALF, NOON - 10)
    first, last = NOON - 20 * HOUR, NOON - 10 * HOUR
    card = QuarterMonitor(sawtooth, JANUARY)
    card.fill(first, last, sawtooth)
    await import_windows(hass, path=copy_card(folder, card))
    await feed.unload()
    assert len(rows_in(files / MARCH)) == 40
    await feed.miss(timestamp("2026-05-10 12:00"))
    await feed.load()
    assert [row[0] for row in rows_in(files / MARCH)] == highest(first, last)


async def test_profiles_that_are_damaged_cost_that_month_alone_and_are_reported(
    hass: HomeAssistant,
    feed: DemandFeed,
    *,
    folder: Path,
    files: Path,
) -> None:
    feed.choose()
    await feed.connect(HALF, NOON - 10)
    card = QuarterMonitor(sawtooth, JANUARY)
    for start in (JANUARY, NOON - HOUR):
        card.fill(start, start + 3 * 900, sawtooth)
    await import_windows(hass, path=copy_card(folder, card))
    await feed.unload()
    saved = json.loads((files / MARCH).read_text())
    saved["data"]["profiles"][1][1] = "much"
    (files / MARCH).write_text(json.dumps(saved))
    await feed.load()

    left = [NOON - HOUR, NOON - HOUR + 1800]
    assert await told(feed, NOON - HOUR, NOON) == left
    assert len(await told(feed, JANUARY, JANUARY + HOUR)) == 3
    assert len(await feed.windows(NOON - HOUR, NOON - 900)) == 3
    issue = ir.async_get(hass).async_get_issue(
        "flukso", "damaged_store_grid-meter_profiles-2026-03"
    )
    assert issue is not None
    assert issue.translation_key == "damaged_profiles"
    assert issue.translation_placeholders == {
        "file": f"{FOLDER}/{MARCH}",
        "name": "Grid",
        "month": "2026-03",
    }
    assert [row[0] for row in rows_in(files / MARCH)] == left
    (aside,) = files.glob(f"{MARCH}.corrupt.*")
    assert json.loads(aside.read_text()) == saved


async def test_a_demand_meter_that_is_removed_takes_its_profiles_along(
    hass: HomeAssistant, feed: DemandFeed, files: Path
) -> None:
    feed.choose()
    await feed.connect(HALF, NOON - 10)
    await feed.draw(NOON + 930)
    await feed.reload()
    assert (files / MARCH).exists()
    hass.config_entries.async_remove_subentry(feed.entry, "grid-meter")
    await hass.async_block_till_done()
    assert not files.exists()
    assert not feed.meters


async def test_a_month_that_is_forgotten_has_no_profiles(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    feed.choose()
    await feed.connect(HALF, NOON - 10)
    card = QuarterMonitor(sawtooth, JANUARY)
    card.fill(JANUARY, JANUARY + HOUR, sawtooth)
    path = copy_card(folder, card)
    await import_windows(hass, path=path)
    assert await feed.meter.async_profile(JANUARY) is not None
    await hass.services.async_call(
        "flukso",
        "forget_month",
        {"demand_meter": "grid", "month": "2026-01"},
        blocking=True,
    )
    assert await feed.meter.async_profile(JANUARY) is None


async def test_a_card_that_is_of_another_connection_has_no_profile_of_ours(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    feed.choose()
    await feed.connect(HALF, NOON - 10)
    rows = [{"start": JANUARY, "demand": 5}, {"start": JANUARY + 900, "demand": 5}]
    await import_windows(hass, rows=rows)
    card = QuarterMonitor(sawtooth, JANUARY)
    card.fill(JANUARY, JANUARY + 900, lambda _start: 1000)
    card.fill(JANUARY + 900, JANUARY + 1800, lambda _start: 4900)
    await import_windows(hass, path=copy_card(folder, card))

    first, second = await feed.windows(JANUARY, JANUARY + 1800, profiles=True)
    assert "profile" not in first
    assert second["profile"] == [5000] * STEPS
    assert [window["source"] for window in (first, second)] == ["counter"] * 2


async def test_folders_links_and_pipes_with_the_name_of_a_file_are_left_out(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    await feed.connect(HALF, NOON - 10)
    card = QuarterMonitor(sawtooth, JANUARY)
    card.fill(JANUARY, JANUARY + 900, sawtooth)
    path = Path(copy_card(folder, card))
    day = next(path.rglob("*.json")).parent
    (day / "0015W.json").mkdir()
    (day / "0030W.json").symlink_to(day / "0000W.json")
    (day / "0045W.json").write_bytes(b" " * 40_000)
    (path / "x.json").mkdir()
    answer = await import_windows(hass, path=str(path))
    assert (answer["added"], answer["known"]) == (1, 0)


async def test_a_folder_of_folders_alone_is_refused(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    await feed.connect(HALF, NOON - 10)
    (folder / "card" / "x.json").mkdir(parents=True)
    with pytest.raises(ServiceValidationError) as refused:
        await import_windows(hass, path=str(folder / "card"))
    assert refused.value.translation_key == "import_no_windows"
