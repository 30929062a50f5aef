"""A simulated quarter monitor measures and answers as a real one."""

from datetime import datetime
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from simulator import Household
from simulator.quarter_monitor import QuarterMonitor, watts_of

NOON = int(datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("Europe/Brussels")).timestamp())


def ask(monitor: QuarterMonitor, path: str, **query: str) -> Any:
    """Return what is answered, as JSON."""
    answer = monitor.answer(path, query)
    assert answer.status == 200
    return json.loads(answer.body)


def test_what_a_household_draws_is_on_the_card() -> None:
    """As exactly as means in whole W can say it."""
    monitor = QuarterMonitor(watts_of(Household(1)), NOON)
    monitor.live(NOON + 900)
    record = ask(monitor, "/meter/2026/03/10/1200W.json")
    powers = record["consumed_power_interval_avgs"]
    assert len(powers) == 180
    assert monitor.drawn[NOON] > 0
    assert sum(powers) * 5 == pytest.approx(monitor.drawn[NOON], abs=180 * 5 * 0.5)
    assert record["consumed_power_avg"] == round(sum(powers) / 180)


def test_a_meter_tells_export_apart_from_import() -> None:
    """Of each second, before the mean is taken."""
    monitor = QuarterMonitor(lambda second: 1000 if second % 5 < 2 else -500, NOON)
    monitor.live(NOON + 5)
    quarter = ask(monitor, "/current/quarter")
    assert quarter["consumed_power_interval_avgs"] == [400]
    assert quarter["produced_power_interval_avgs"] == [300]
    assert monitor.drawn[NOON] == 2000


def test_intervals_without_a_telegram_are_null_and_the_list_ends_with_the_last() -> (
    None
):
    """A monitor that is switched on in the midst knows nothing of before."""
    monitor = QuarterMonitor(lambda _second: 700, NOON + 10)
    assert ask(monitor, "/current/quarter") == {}
    monitor.live(NOON + 20)
    monitor.deaf = True
    monitor.live(NOON + 60)
    quarter = ask(monitor, "/current/quarter")
    assert quarter["consumed_power_interval_avgs"] == [None, None, 700, 700]
    assert quarter["consumed_power_avg"] == 700


def test_the_month_peak_is_the_first_of_the_highest_of_the_month() -> None:
    """Nothing before a quarter has ended."""
    monitor = QuarterMonitor(lambda _second: 700, NOON)
    assert "peak" not in ask(monitor, "/current/month/peak")
    monitor.fill(NOON - 40 * 86400, NOON - 40 * 86400 + 900, lambda _start: 9000)
    monitor.fill(NOON - 2700, NOON, lambda start: 3000 if start < NOON - 900 else 100)
    peak = ask(monitor, "/current/month/peak")["peak"]
    assert peak == {
        "quarter_id": monitor.card[NOON - 2700]["quarter_id"],
        "power": 3000,
    }


def test_what_is_asked_for_without_its_arguments_is_refused() -> None:
    """With a plain text."""
    monitor = QuarterMonitor(lambda _second: 700, NOON)
    monitor.live(NOON + 900)
    assert ask(monitor, "/historic/years") == {"years": [2026]}
    days = ask(monitor, "/historic/days", year="2026", month="3")
    assert days == {"year": 2026, "month": 3, "days": [10]}
    for path in ("months", "days", "quarters"):
        assert monitor.answer(f"/historic/{path}", {"month": "3"}).status == 400
    for path in ("/historic/weeks", "/meter/2026/03/10/1215W.json", "/"):
        assert monitor.answer(path, {}).status == 404
