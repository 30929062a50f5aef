"""Drops are counted by reason, and logged once per reason and hour."""

from custom_components.flukso.core.drops import DropCounter, Dropped, DropReason


def test_drops_are_counted_by_reason() -> None:
    counter = DropCounter()
    for reason in (DropReason.UNIT, DropReason.TOPIC, DropReason.UNIT):
        counter.count(reason, 0.0)
    assert counter.totals == {"topic": 1, "unit": 2}


def test_nothing_dropped_leaves_no_totals() -> None:
    assert DropCounter().totals == {}


def test_each_reason_deserves_one_log_line_an_hour() -> None:
    counter = DropCounter()
    times = (100.0, 101.0, 3699.0, 3700.0, 3701.0, 7300.0)
    assert [counter.count(DropReason.UNIT, now) for now in times] == [
        True,
        False,
        False,
        True,
        False,
        True,
    ]
    assert counter.count(DropReason.TOPIC, 7300.0)


def test_drop_carries_its_reason_and_detail() -> None:
    drop = Dropped(DropReason.MALFORMED, "not JSON")
    assert drop.reason is DropReason.MALFORMED
    assert drop.detail == "not JSON"
    assert str(drop) == "malformed: not JSON"
    assert str(Dropped(DropReason.TIMESTAMP)) == "timestamp"
