"""The action that imports windows: from a file to peaks, costs and statistics."""

import json
from pathlib import Path
import shutil
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
from simulator import make_meter
from simulator.quarter_monitor import QuarterMonitor, file_of

from ...core.demand.history.files.exports import FIXTURES
from ..demand.feed import DemandFeed
from ..demand.grid import Loads, steady
from ..demand.p1 import MakeFeed
from ..homes import timestamp
from .imports import import_windows, quarters, save

NOON = timestamp("2026-03-10 12:00")
JANUARY = timestamp("2026-01-01 00:00")
FEBRUARY = timestamp("2026-02-01 00:00")
DEMAND = "flukso:grid_demand"
MONTH_PEAK = "flukso:grid_month_peak"
HALF: Loads = steady(500, 0, 0)


async def test_the_card_of_a_quarter_monitor_is_read_from_a_folder(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    await feed.connect(HALF, NOON - 10)
    card = QuarterMonitor(lambda _second: 3000, JANUARY)
    card.fill(JANUARY, JANUARY + 4 * 900, lambda _second: 3000)
    for start in range(JANUARY, JANUARY + 4 * 900, 900):
        path = folder / "card" / file_of(start).lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        content = card.answer(file_of(start), {}).body
        path.write_bytes(b"{" if start == JANUARY else content)
    (folder / "card" / "index.json").write_text("{}", encoding="utf-8")

    answer = await import_windows(hass, path=str(folder / "card"))

    assert (answer["added"], answer["first_window"]) == (
        3,
        "2025-12-31T23:15:00+00:00",
    )
    windows = await feed.windows(JANUARY, JANUARY + 3600)
    assert [window["demand"] for window in windows] == [3, 3, 3]
    assert {window["source"] for window in windows} == {"power"}


async def test_a_folder_without_a_card_is_refused(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    await feed.connect(HALF, NOON - 10)
    (folder / "empty").mkdir()
    with pytest.raises(ServiceValidationError) as refused:
        await import_windows(hass, path=str(folder / "empty"))
    assert refused.value.translation_key == "import_no_windows"


@pytest.mark.smoke
async def test_peaks_means_costs_and_statistics_follow_an_export(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    feed.choose(area="west")
    await feed.connect(HALF, NOON - 10)
    await feed.draw(NOON + 900)
    cost = feed.value("year_cost")
    assert feed.value("rolling_peak") == 2.5

    path = save(
        folder / "export.csv",
        [
            *quarters(JANUARY, 1, 2, 3, 4, 5.5, register="Afname Nacht"),
            *quarters(FEBRUARY, 8.5, register="Afname Nacht"),
            *quarters(NOON - 3600, 6),
            *quarters(JANUARY, 9, 9, 9, 9, 9, register="Injectie Nacht"),
        ],
    )
    assert await import_windows(hass, path=path) == {
        "added": 7,
        "known": 0,
        "refused": 0,
        "estimated": 0,
        "first_window": "2025-12-31T23:00:00+00:00",
        "last_window": "2026-03-10T10:00:00+00:00",
    }

    mean = (5.5 + 8.5 + 6) / 3
    assert feed.value("month_peak") == 6
    assert feed.value("rolling_peak") == pytest.approx(mean, abs=0.001)
    assert feed.value("year_cost") == pytest.approx(cost * mean / 2.5, rel=0.001)
    windows = await feed.windows(JANUARY, NOON)
    assert [window["demand"] for window in windows] == [1, 2, 3, 4, 5.5, 8.5, 6]
    assert {window["source"] for window in windows} == {"counter"}
    rows = await feed.statistics(DEMAND, JANUARY, FEBRUARY)
    assert [(row["start"], row["mean"], row["max"]) for row in rows] == [
        (JANUARY, 2.5, 4),
        (JANUARY + 3600, 5.5, 5.5),
    ]
    peaks = await feed.statistics(MONTH_PEAK, JANUARY)
    assert [row["max"] for row in peaks] == [5.5, 8.5, 6]


@pytest.mark.parametrize("more", [{}, {"format": "homewizard"}])
async def test_an_export_of_homewizard_is_read_as_windows(
    hass: HomeAssistant, feed: DemandFeed, folder: Path, more: dict[str, str]
) -> None:
    await feed.connect(HALF, NOON - 10)
    shutil.copy(FIXTURES.parent / "homewizard" / "p1_15min.csv", folder)
    answer = await import_windows(hass, path=str(folder / "p1_15min.csv"), **more)
    assert (answer["added"], answer["estimated"]) == (2, 0)
    assert answer["first_window"] == "2026-01-12T17:00:00+00:00"

    start = timestamp("2026-01-12 18:00")
    windows = await feed.windows(start, start + 3600)
    assert [window["demand"] for window in windows] == [1.208, 1.772]
    assert {window["source"] for window in windows} == {"counter"}
    (row,) = await feed.statistics(DEMAND, start, start + 3600)
    assert row["max"] == pytest.approx(1.772)
    (peak,) = await feed.statistics(MONTH_PEAK, JANUARY, FEBRUARY)
    assert peak["max"] == pytest.approx(1.772)


@pytest.mark.parametrize("date", ["2026-01-12", "12/01/2026", "01/13/2026"])
async def test_an_export_that_was_saved_again_is_read_or_its_date_is_named(
    hass: HomeAssistant, feed: DemandFeed, folder: Path, date: str
) -> None:
    await feed.connect(HALF, NOON - 10)
    path = save(folder / "export.csv", quarters(timestamp("2026-01-12 18:00"), 2))
    content = Path(path).read_text(encoding="utf-8-sig")
    Path(path).write_text(content.replace("12-01-2026", date), encoding="utf-8-sig")
    if date == "12/01/2026":
        with pytest.raises(ServiceValidationError) as refused:
            await import_windows(hass, path=path)
        assert refused.value.translation_key == "import_bad_date"
        assert refused.value.translation_placeholders is not None
        assert refused.value.translation_placeholders["column"] == "Van (datum)"
        return
    assert (await import_windows(hass, path=path))["added"] == 1
    (window,) = await feed.windows(JANUARY, FEBRUARY)
    assert window["demand"] == 2


async def test_to_import_twice_is_to_import_once(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    await feed.connect(HALF, NOON - 10)
    path = save(folder / "export.csv", quarters(JANUARY, 3, 5, 4))

    async def known() -> tuple[Any, ...]:
        return (
            await feed.windows(JANUARY, NOON),
            await feed.statistics(DEMAND, JANUARY),
            await feed.statistics(MONTH_PEAK, JANUARY),
            feed.value("rolling_peak"),
        )

    assert (await import_windows(hass, path=path))["added"] == 3
    once = await known()
    await feed.reload()
    again = await import_windows(hass, path=path)
    assert (again["added"], again["known"], again["refused"]) == (0, 3, 0)
    assert await known() == once


@pytest.mark.parametrize(
    ("day", "name", "count", "hours"),
    [
        ("2026-10-25", "nl_20261025_100_quarters", 100, 25),
        ("2026-03-29", "fr_20260329_92_quarters", 92, 23),
    ],
)
async def test_the_days_on_which_the_clocks_change_are_whole(
    hass: HomeAssistant,
    feed: DemandFeed,
    *,
    folder: Path,
    day: str,
    name: str,
    count: int,
    hours: int,
) -> None:
    await feed.connect(HALF, timestamp("2026-12-01 12:00"))
    path = shutil.copy(FIXTURES / f"{name}.csv", folder)

    assert (await import_windows(hass, path=str(path)))["added"] == count
    start = timestamp(f"{day} 00:00")
    end = start + hours * 3600
    windows = await feed.windows(start - 3600, end + 3600)
    assert len(windows) == count
    assert all(window["coverage"] == 1 for window in windows)
    assert len(await feed.statistics(DEMAND, start, end)) == hours


async def test_an_estimate_is_energy_but_no_demand(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    await feed.connect(HALF, NOON - 10)
    path = save(
        folder / "export.csv",
        [
            *quarters(JANUARY, 3),
            *quarters(JANUARY + 900, 9, status="Geschat"),
            *quarters(JANUARY + 2700, 4),
        ],
    )

    response = await import_windows(hass, path=path)
    assert (response["added"], response["estimated"]) == (3, 1)
    windows = await feed.windows(JANUARY, FEBRUARY)
    assert [(window["energy"], window["demand"]) for window in windows] == [
        (0.75, 3),
        (2.25, 0),
        (1, 4),
    ]
    assert [window["at_least"] for window in windows] == [False, True, False]
    (row,) = await feed.statistics(MONTH_PEAK, JANUARY, JANUARY + 3600)
    assert row["max"] == 4


async def test_what_is_billed_takes_the_place_of_what_clamps_counted(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    await feed.connect(HALF, NOON - 10)
    await feed.draw(NOON + 1800)
    assert feed.value("month_peak") == pytest.approx(0.5, abs=0.001)

    await import_windows(
        hass, path=save(folder / "export.csv", quarters(NOON, 0.48, 0.512))
    )
    assert feed.value("month_peak") == 0.512
    windows = await feed.windows(NOON, NOON + 1800)
    assert [window["demand"] for window in windows] == [0.48, 0.512]


async def test_what_the_meter_itself_said_stays(
    hass: HomeAssistant, meter_at: MakeFeed, folder: Path
) -> None:
    meter = make_meter("be-50217", start=NOON - 5, seed=3)
    first = meter.telegram(NOON - 5)
    assert first is not None
    feed = meter_at(first)
    await feed.start(NOON - 5)
    await feed.send(first)
    for second in range(NOON - 4, NOON + 910):
        telegram = meter.telegram(second)
        assert telegram is not None
        feed.freezer.move_to(dt_util.utc_from_timestamp(second))
        await feed.send(telegram)

    response = await import_windows(
        hass, path=save(folder / "export.csv", quarters(NOON, 9.9))
    )
    assert (response["added"], response["known"]) == (0, 1)
    answer: Any = await hass.services.async_call(
        "flukso",
        "get_windows",
        {"demand_meter": "grid", "start": dt_util.utc_from_timestamp(NOON).isoformat()},
        blocking=True,
        return_response=True,
    )
    (window,) = answer["windows"]
    assert window["source"] == "meter"
    assert window["demand"] == pytest.approx(meter.windows[NOON] * 4, abs=0.001)


ROWS = [
    {"start": "2026-01-01T00:00:00+01:00", "energy": 0.75},
    {"start": JANUARY + 900, "demand": 5},
]


async def test_rows_are_imported_as_they_stand(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(HALF, NOON - 10)

    assert (await import_windows(hass, rows=ROWS))["added"] == 2
    windows = await feed.windows(JANUARY, FEBRUARY)
    assert [window["demand"] for window in windows] == [3, 5]


@pytest.mark.parametrize(
    ("name", "text", "encoding", "more"),
    [
        ("rows.json", json.dumps(ROWS), "utf-8", {}),
        ("rows.txt", json.dumps(ROWS), "utf-8-sig", {"format": "json"}),
        (
            "rows.csv",
            f"Opmerking;Start;Demand\nété;{JANUARY};3,0\n;{JANUARY + 900};5\n",
            "cp1252",
            {},
        ),
        (
            "register.csv",
            f"register,volume,start,energy\n,,{JANUARY},0.75\n,,{JANUARY + 900},1.25\n",
            "utf-8",
            {"format": "csv"},
        ),
    ],
)
async def test_files_of_rows_are_imported(
    hass: HomeAssistant,
    feed: DemandFeed,
    *,
    folder: Path,
    name: str,
    text: str,
    encoding: str,
    more: dict[str, str],
) -> None:
    await feed.connect(HALF, NOON - 10)
    (folder / name).write_text(text, encoding=encoding)

    response = await import_windows(hass, path=str(folder / name), **more)
    assert response["added"] == 2
    windows = await feed.windows(JANUARY, FEBRUARY)
    assert [window["demand"] for window in windows] == [3, 5]


async def test_quarters_to_come_are_refused_and_the_rest_taken(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(HALF, NOON)
    rows = [{"start": start, "energy": 1} for start in (JANUARY, NOON, NOON + 900)]

    response = await import_windows(hass, rows=rows)
    assert (response["added"], response["refused"]) == (1, 2)
