"""The action that imports windows: from a file to peaks, costs and statistics."""

from collections.abc import Iterable
import json
from pathlib import Path
import shutil
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
from simulator import make_meter

from ...core.demand.files.exports import FIXTURES, Line, export
from .feed import DemandFeed, timestamp
from .grid import Loads, steady
from .p1 import MakeFeed

NOON = timestamp("2026-03-10 12:00")
JANUARY = timestamp("2026-01-01 00:00")
FEBRUARY = timestamp("2026-02-01 00:00")
DEMAND = "flukso:grid_demand"
MONTH_PEAK = "flukso:grid_month_peak"
HALF: Loads = steady(500, 0, 0)
EAN = "541400000000000001"
LANGUAGES = ("en", "nl", "fr", "de")


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return a folder that Home Assistant may read."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    return tmp_path


async def import_windows(hass: HomeAssistant, **data: Any) -> Any:
    return await hass.services.async_call(
        "flukso",
        "import_windows",
        {"demand_meter": "grid", **data},
        blocking=True,
        return_response=True,
    )


async def refusal(hass: HomeAssistant, **data: Any) -> ServiceValidationError:
    """Return how an import is refused."""
    with pytest.raises(ServiceValidationError) as refused:
        await import_windows(hass, **data)
    assert refused.value.translation_domain == "flukso"
    return refused.value


def save(path: Path, lines: Iterable[Line | str], encoding: str = "utf-8-sig") -> str:
    """Write an export of Fluvius; return its path."""
    path.write_text("".join(export(lines)), encoding=encoding, newline="")
    return str(path)


def quarters(start: int, *demands: float, **fields: str) -> list[Line]:
    """Return lines of so many kW, one quarter after the other."""
    return [
        Line(start + place * 900, f"{demand / 4:.3f}".replace(".", ","), **fields)
        for place, demand in enumerate(demands)
    ]


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


WRONG_LINES = {
    "import_no_format": ["x;y", "1;2"],
    "import_no_column": ["start;note", "1;2"],
    "import_no_windows": ["start;energy"],
    "import_broken_line": ["start;energy", f"{JANUARY};1", f"{JANUARY + 900}"],
    "import_no_energy": ["start;energy", f"{JANUARY};1", f"{JANUARY + 900};"],
    "import_bad_time": ["start;energy", f"{JANUARY};1", "noon;1"],
    "import_bad_amount": ["start;energy", f"{JANUARY};1", f"{JANUARY + 900};much"],
    "import_not_a_quarter": ["start;energy", f"{JANUARY};1", f"{JANUARY + 1};1"],
    "import_twice": ["start;energy", f"{JANUARY};1", f"{JANUARY};1"],
    "import_unknown_register": [
        *export([Line(JANUARY, "1"), Line(JANUARY + 900, "1", register="Hulpverbruik")])
    ],
    "import_other_connection": [
        *export([Line(JANUARY, "1"), Line(JANUARY + 900, "1", ean=EAN)])
    ],
}
IN_LINE_3 = {key for key, lines in WRONG_LINES.items() if len(lines) == 3}


@pytest.mark.parametrize(("key", "lines"), WRONG_LINES.items())
async def test_a_wrong_line_is_told_in_every_language_and_nothing_is_imported(
    hass: HomeAssistant,
    feed: DemandFeed,
    *,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    key: str,
    lines: list[str],
) -> None:
    await feed.connect(HALF, NOON - 10)
    path = folder / "export.csv"
    path.write_text("\n".join(line.strip() for line in lines), encoding="utf-8")

    error = await refusal(hass, path=str(path))
    assert error.translation_key == key
    assert error.translation_placeholders is not None
    for language in LANGUAGES:
        words = await async_get_translations(hass, language, "exceptions", ["flukso"])
        message = words[f"component.flukso.exceptions.{key}.message"]
        told = message.format(**error.translation_placeholders)
        assert ("3" in told) == (key in IN_LINE_3)
        assert EAN not in told
    assert EAN not in str(error)
    assert EAN not in caplog.text
    assert await feed.windows(JANUARY, NOON) == []


async def test_what_is_no_json_is_told(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    await feed.connect(HALF, NOON - 10)
    (folder / "rows.json").write_text('{"start": 0}')

    error = await refusal(hass, path=str(folder / "rows.json"))
    assert error.translation_key == "import_no_json"


async def test_a_wrong_row_is_told_by_its_number(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(HALF, NOON - 10)

    error = await refusal(hass, rows=[*ROWS, {"start": JANUARY, "energy": 1}])
    assert error.translation_key == "import_twice"
    assert str(error) == "Line 3 is about the same quarter-hour as line 1"
    assert await feed.windows(JANUARY, NOON) == []


@pytest.mark.parametrize("path", ["/etc/passwd", "../x.csv", "x.csv", "a\0/b", ""])
async def test_a_path_that_is_not_allowed_is_not_read(
    hass: HomeAssistant, feed: DemandFeed, folder: Path, path: str
) -> None:
    await feed.connect(HALF, NOON - 10)

    error = await refusal(hass, path=path)
    assert error.translation_key == "import_path_not_allowed"
    assert error.translation_placeholders == {"path": path}


async def test_a_link_that_leads_out_of_the_folder_is_not_read(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    await feed.connect(HALF, NOON - 10)
    (folder / "export.csv").symlink_to("/etc/passwd")

    error = await refusal(hass, path=str(folder / "export.csv"))
    assert error.translation_key == "import_path_not_allowed"


async def test_a_path_below_the_configuration_needs_no_slash(
    hass: HomeAssistant, feed: DemandFeed, folder: Path
) -> None:
    await feed.connect(HALF, NOON - 10)
    hass.config.config_dir = str(folder)
    save(folder / "export.csv", quarters(JANUARY, 3))

    assert (await import_windows(hass, path="export.csv"))["added"] == 1


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing.csv", "No such file or directory"), ("", "Is a directory")],
)
async def test_a_file_that_cannot_be_read_is_told_why(
    hass: HomeAssistant, feed: DemandFeed, folder: Path, name: str, reason: str
) -> None:
    await feed.connect(HALF, NOON - 10)

    error = await refusal(hass, path=str(folder / name))
    assert error.translation_key == "import_file_unreadable"
    assert error.translation_placeholders == {
        "path": str(folder / name),
        "error": reason,
    }


@pytest.mark.parametrize(("name", "limit"), [("export.csv", 100), ("rows.json", 32)])
async def test_a_file_that_is_too_large_is_not_read(
    hass: HomeAssistant, feed: DemandFeed, folder: Path, name: str, limit: int
) -> None:
    await feed.connect(HALF, NOON - 10)
    with (folder / name).open("wb") as file:
        file.truncate(limit * 1_000_000 + 1)

    error = await refusal(hass, path=str(folder / name))
    assert error.translation_key == "import_file_too_large"
    assert error.translation_placeholders == {
        "path": str(folder / name),
        "limit": str(limit),
    }


@pytest.mark.parametrize("more", [{}, {"path": "/x", "rows": []}])
async def test_one_source_is_asked_for(
    hass: HomeAssistant, feed: DemandFeed, more: dict[str, Any]
) -> None:
    await feed.connect(HALF, NOON - 10)

    error = await refusal(hass, **more)
    assert error.translation_key == "import_one_source"
    assert str(error) == "Give exactly one of these: path, rows"


async def test_what_is_no_demand_meter_is_refused(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(HALF, NOON - 10)

    error = await refusal(hass, demand_meter="nonsense", rows=ROWS)
    assert error.translation_key == "unknown_demand_meter"
