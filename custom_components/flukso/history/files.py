"""Files of windows on the disk of Home Assistant."""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from stat import S_ISREG
import time
from typing import NamedTuple, TextIO

from homeassistant.core import HomeAssistant

from ..core.demand.history.files.errors import Wrong, WrongFile
from ..core.demand.history.files.formats import Format, lines_windows
from ..core.demand.history.files.rows import json_windows, row_windows
from ..core.demand.powers.profile import PowerProfile
from ..core.quarter_monitor.card import on_card, read_card
from ..core.tariff.rule import Calendar
from ..core.windows import Window
from ..helpers.errors import invalid

# Eleven years of the portal's export. JSON is taken into memory as a whole.
MOST_BYTES = 100_000_000
MOST_JSON_BYTES = 32_000_000
MEGABYTE = 1_000_000
# Fourteen years of quarters; one with all its powers takes about 2 kB.
MOST_CARD_FILES = 500_000
MOST_CARD_FILE_BYTES = 32_768


class History(NamedTuple):
    """Windows in order, and profiles of quarters by their starts, as far as known."""

    windows: list[Window]
    profiles: Mapping[int, PowerProfile]


async def async_read_rows(hass: HomeAssistant, rows: list[object]) -> list[Window]:
    """Return the windows of rows; ServiceValidationError if one is wrong."""
    return await hass.async_add_executor_job(_translated, lambda: row_windows(rows))


async def async_read_path(
    hass: HomeAssistant, path: str, format_: Format, calendar: Calendar
) -> History:
    """Return the windows of a file, or of a quarter monitor's card in a folder.

    ServiceValidationError if it cannot be read. A path that does not begin with a
    slash is one below the configuration.
    """
    found = Path(hass.config.path(path))

    def read() -> History:
        if not _is_allowed(hass, found):
            raise invalid(translation_key="import_path_not_allowed", path=path)
        try:
            return _read_file(found, format_, calendar)
        except OSError as err:
            raise invalid(
                translation_key="import_file_unreadable",
                path=path,
                error=err.strerror or type(err).__name__,
            ) from err

    return await hass.async_add_executor_job(_translated, read)


def _is_allowed(hass: HomeAssistant, path: Path) -> bool:
    try:
        return hass.config.is_allowed_path(str(path))
    except ValueError:
        return False


def _read_folder(folder: Path, calendar: Calendar) -> History:
    """Return what is on a quarter monitor's card; damaged files are left out."""
    paths = (path.as_posix() for path in folder.rglob("*.json") if _is_of_card(path))
    found = read_card(
        on_card(islice(paths, MOST_CARD_FILES)),
        lambda path: Path(path).read_bytes(),
        calendar,
        time.time(),
    )
    if not found.windows:
        raise WrongFile(Wrong.NO_WINDOWS)
    return History(found.windows, found.profiles)


def _is_of_card(path: Path) -> bool:
    """Tell whether a file may hold a quarter; links may lead out of the folder."""
    about = path.lstat()
    return S_ISREG(about.st_mode) and about.st_size <= MOST_CARD_FILE_BYTES


def _read_file(path: Path, format_: Format, calendar: Calendar) -> History:
    if path.is_dir():
        return _read_folder(path, calendar)
    if format_ is Format.AUTO and path.suffix.casefold() == ".json":
        format_ = Format.JSON
    most = MOST_JSON_BYTES if format_ is Format.JSON else MOST_BYTES
    if path.stat().st_size > most:
        raise invalid(
            translation_key="import_file_too_large",
            path=str(path),
            limit=str(most // MEGABYTE),
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return History(_parse(file, format_, calendar), {})
    except UnicodeDecodeError:
        # As older spreadsheets save it.
        with path.open(encoding="cp1252", errors="replace", newline="") as file:
            return History(_parse(file, format_, calendar), {})


def _parse(file: TextIO, format_: Format, calendar: Calendar) -> list[Window]:
    if format_ is Format.JSON:
        return json_windows(file.read())
    return lines_windows(file, calendar.zone, calendar.rule.direction, format_)


def _translated[Read](read: Callable[[], Read]) -> Read:
    """Return what is read; what is wrong with it in the user's words."""
    try:
        return read()
    except WrongFile as err:
        raise invalid(translation_key=err.wrong.value, **err.places) from err
