"""The card of a quarter monitor, copied to a folder."""

import json
from zoneinfo import ZoneInfo

from custom_components.flukso.core.quarter_monitor.card import on_card, read_card
from custom_components.flukso.core.quarter_monitor.quarter_id import QuarterId
from custom_components.flukso.core.tariff.rule import Calendar, Direction, Rule

BRUSSELS = ZoneInfo("Europe/Brussels")
PLAIN = Calendar(Rule(), BRUSSELS)
FIRST = QuarterId.from_file("2023/12/01/1615W.json").start
LATER = FIRST + 90 * 86400


def stored(start: int, power: int, count: int = 180) -> tuple[str, bytes]:
    """Return the path and the content of a quarter with one power."""
    quarter = QuarterId.at(start, BRUSSELS)
    content = {
        "quarter_id": quarter.number,
        "interval_secs": 5,
        "consumed_power_interval_avgs": [power] * count,
    }
    return f"card{quarter.file}", json.dumps(content).encode()


def test_only_files_with_the_name_of_a_quarter_are_on_a_card_in_order() -> None:
    """The card also holds the monitor's web page."""
    names = ["b/2023/12/01/1630W.json", "index.json", "a/2023/12/01/1615W.json"]
    assert [path for _, path in on_card(names)] == [names[2], names[0]]


def test_damaged_files_cost_their_quarters_alone() -> None:
    """Cut off, of another quarter, or empty."""
    files = dict(stored(FIRST + place * 900, 2000) for place in range(4))
    paths = list(files)
    files[paths[0]] = files[paths[0]][:-1]
    files[paths[1]] = files[paths[2]]
    files[paths[3]] = b"{}"
    found = read_card(on_card(files), files.__getitem__, PLAIN, LATER)
    assert [window.start for window in found.windows] == [FIRST + 1800]
    assert found.profiles.keys() == {FIRST + 1800}


def test_of_each_month_only_the_profiles_that_are_kept_are_held() -> None:
    """All windows, but the ten highest of the old month alone."""
    old = [stored(FIRST + place * 900, 1000 + place) for place in range(20)]
    new = [stored(LATER - 3600 + place * 900, 500) for place in range(3)]
    files = dict(old + new)
    found = read_card(on_card(files), files.__getitem__, PLAIN, LATER)
    assert len(found.windows) == 23
    highest = {FIRST + place * 900 for place in range(10, 20)}
    recent = {LATER - 3600 + place * 900 for place in range(3)}
    assert found.profiles.keys() == highest | recent
    assert found.profiles[FIRST + 19 * 900].powers == [1019] * 180


def test_of_two_copies_of_a_quarter_the_better_one_counts() -> None:
    """In whatever order they come."""
    path, whole = stored(FIRST, 2000)
    _, half = stored(FIRST, 2000, 90)
    for first, second in ((whole, half), (half, whole)):
        files = {f"a/{path}": first, f"b/{path}": second}
        found = read_card(on_card(files), files.__getitem__, PLAIN, LATER)
        assert [window.coverage for window in found.windows] == [1]
        assert found.profiles[FIRST].seen == 180


def test_where_nothing_was_seen_of_what_is_billed_there_is_no_window() -> None:
    """A monitor that did not hear the export."""
    files = dict([stored(FIRST, 2000)])
    export = Calendar(Rule(direction=Direction.EXPORT), BRUSSELS)
    found = read_card(on_card(files), files.__getitem__, export, LATER)
    assert found == ([], {})
