"""What the action that imports windows refuses, and what it says then."""

from pathlib import Path
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.translation import async_get_translations

from ...core.demand.history.files.exports import Line, export
from ..demand.feed import DemandFeed
from ..demand.grid import Loads, steady
from ..homes import timestamp
from .imports import import_windows, quarters, save

NOON = timestamp("2026-03-10 12:00")
JANUARY = timestamp("2026-01-01 00:00")
HALF: Loads = steady(500, 0, 0)
EAN = "541400000000000001"
LANGUAGES = ("en", "nl", "fr", "de")
ROWS = [
    {"start": "2026-01-01T00:00:00+01:00", "energy": 0.75},
    {"start": JANUARY + 900, "demand": 5},
]


async def refusal(hass: HomeAssistant, **data: Any) -> ServiceValidationError:
    """Return how an import is refused."""
    with pytest.raises(ServiceValidationError) as refused:
        await import_windows(hass, **data)
    assert refused.value.translation_domain == "flukso"
    return refused.value


WRONG_LINES = {
    "import_no_format": ["x;y", "1;2"],
    "import_no_column": ["start;note", "1;2"],
    "import_no_windows": ["start;energy"],
    "import_broken_line": ["start;energy", f"{JANUARY};1", f"{JANUARY + 900}"],
    "import_no_energy": ["start;energy", f"{JANUARY};1", f"{JANUARY + 900};"],
    "import_bad_date": [
        *export([Line(JANUARY, "1"), str(Line(JANUARY + 900, "1")).replace("-", "?")])
    ],
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
    [("missing.csv", "No such file or directory"), ("x" * 300, "File name too long")],
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
    assert str(error) == "Give exactly one of these: path, host, rows"


async def test_what_is_no_demand_meter_is_refused(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(HALF, NOON - 10)

    error = await refusal(hass, demand_meter="nonsense", rows=ROWS)
    assert error.translation_key == "unknown_demand_meter"
