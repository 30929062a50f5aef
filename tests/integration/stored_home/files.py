"""What the files of the integration hold, beside what they held before."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any, Final

# What holds the rows of a month's file.
ROWS: Final = frozenset({"windows", "profiles"})
# Keys that are no names of fields.
NAMES: Final = re.compile(r"[0-9]{4}-[0-9]{2}|[0-9a-f]{32,}")

type Files = dict[str, dict[str, Any]]


def stored(folder: Path) -> Files:
    """Return the files of the integration by their keys."""
    return {
        path.relative_to(folder).as_posix(): json.loads(
            path.read_text(encoding="utf-8")
        )
        for path in sorted(folder.glob("flukso.*/**/*"))
        if path.is_file()
    }


def assert_kept(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """Check that Home Assistant has registered the same, whenever that was."""
    kept = {item.get("id") or item["entry_id"]: item for item in after}
    assert len(kept) == len(before)
    for item in before:
        now = kept[item.get("id") or item["entry_id"]]
        assert {**{key: now[key] for key in item}, "modified_at": None} == {
            **item,
            "modified_at": None,
        }


# What a home has taught of how windows go on.
ADDED = {"projection"}


def kind(value: object) -> str:
    """Return what a value of JSON is."""
    if isinstance(value, bool):
        return "flag"
    return "number" if isinstance(value, int | float) else type(value).__name__


def forms(data: object, place: str) -> Iterator[tuple[str, str]]:
    """Yield what is at each place of data; months and ids are all the same."""
    if isinstance(data, dict):
        named = {NAMES.sub("*", key): value for key, value in data.items()}
        yield place, f"keys {sorted(named)}"
        for key, value in data.items():
            yield from forms(value, f"{place}/{NAMES.sub('*', key)}")
    elif isinstance(data, list):
        kinds = [kind(item) for item in data]
        # A row with a text never varies; one of powers is as long as they are known.
        if "str" in kinds:
            yield place, f"row {kinds}"
        for item in data:
            yield from forms(item, f"{place}/*")
    elif data is not None:
        yield place, kind(data)


def all_forms(files: Files) -> set[tuple[str, str]]:
    """Return what is at each place of files; those of all meters are the same."""
    return {
        form
        for key, file in files.items()
        for form in forms(file["data"], NAMES.sub("*", key.rpartition("/")[2]))
    }


def assert_readable(before: Files, after: Files) -> None:
    """Check that files are those of before, in a form that was known before."""
    # What is believed of counters is kept since a later version.
    after = {
        key: file
        for key, file in after.items()
        if not key.startswith("flukso.counters/")
    }
    assert after.keys() == before.keys()
    for key, file in after.items():
        assert {**file, "data": None} == {**before[key], "data": None}
        assert file["version"] == 1
    assert all_forms(without_added(after)) <= all_forms(without_added(before))


def without_added(files: Files) -> Files:
    """Return files without what earlier versions leave aside: they ask by name."""
    return {name: {**file, "data": _kept(file["data"])} for name, file in files.items()}


def _kept(data: object) -> object:
    if not isinstance(data, dict):
        return data
    return {key: value for key, value in data.items() if key not in ADDED}


def different(data: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Return what is not as it is known; None for what is gone."""
    return {
        name: data.get(name)
        for name in sorted(data.keys() | known.keys())
        if data.get(name) != known.get(name)
    }


def changes(before: Files, after: Files) -> dict[str, Any]:
    """Return what files hold now: of months, and of their rows, what has changed."""
    found: dict[str, Any] = {}
    for key, file in after.items():
        if key not in before:
            continue
        data, known = file["data"], before[key]["data"]
        found[key] = dict(data)
        for name in data.keys() & ROWS:
            old, new = (
                {str(start): rest for start, *rest in rows}
                for rows in (known[name], data[name])
            )
            assert len(new) == len(data[name])
            found[key][name] = different(new, old)
        if "months" in data:
            found[key]["months"] = different(data["months"], known["months"])
    return found
