"""The readings of a device are what its configuration says, and keep what stays."""

from typing import Any

import pytest

from custom_components.flukso.core.drops import Dropped
from custom_components.flukso.core.fluksometer.live_readings import (
    ConfigChange,
    LiveReadings,
)
from custom_components.flukso.core.fluksometer.topics import Stream, sensor_topic

from .support import DEVICE_ID, NOW, fixture, hex_id, payload

FLX = {"1": {"class": "ct", "name": "L1"}}


def clamp(subtype: str, number: int, **changes: Any) -> dict[str, Any]:
    sensor = {"id": hex_id(number), "enable": 1, "rid": 0, "type": "electricity"}
    return {**sensor, "subtype": subtype, "port": [1], **changes}


SECTION = {"1": clamp("pplus", 1), "2": clamp("pminus", 2)}


def take(book: LiveReadings, name: str, section: Any) -> ConfigChange | None:
    return book.take_config(f"config/{name}", payload(section), 0.0)


@pytest.fixture
def book() -> LiveReadings:
    """Return the readings of a clamp that measures both directions."""
    book = LiveReadings(DEVICE_ID)
    assert take(book, "flx", FLX) is None
    change = take(book, "sensor", SECTION)
    assert change is not None
    assert len(change.added) == len(list(book)) == 4
    assert change.removed == ()
    return book


def test_a_reading_is_found_by_its_sensor_and_by_its_topic(book: LiveReadings) -> None:
    reading = book.find(hex_id(1), Stream.GAUGE)
    assert reading is not None
    assert reading in book
    assert book.get(sensor_topic(hex_id(1), Stream.GAUGE)) is reading
    assert book.find(hex_id(9), Stream.GAUGE) is None


def test_a_clamp_that_measures_both_directions_has_a_net_power(
    book: LiveReadings,
) -> None:
    ((bought, sold),) = book.net_pairs()
    assert bought.channel.row.key == "power_import"
    assert sold.channel.row.key == "power_export"
    assert book.unique_ids() == {
        *(reading.channel.unique_id for reading in book),
        f"{hex_id(1)}_0_net",
    }


def test_only_topics_of_what_is_used_are_needed(book: LiveReadings) -> None:
    assert book.topics_in_use() == set()
    reading = book.find(hex_id(1), Stream.GAUGE)
    assert reading is not None
    reading.users = 1
    assert book.topics_in_use() == {reading.channel.topic}


def test_what_fell_silent_is_told_from_what_returned(book: LiveReadings) -> None:
    first = book.find(hex_id(1), Stream.GAUGE)
    second = book.find(hex_id(2), Stream.GAUGE)
    assert first is not None
    assert second is not None
    first.users = second.users = 1
    first.last_seen = 100.0
    assert book.turned_silent(100.0) == ([second], [])
    second.last_seen = 120.0
    assert book.turned_silent(140.0) == ([first], [second])


def test_the_same_again_changes_nothing(book: LiveReadings) -> None:
    assert take(book, "sensor", SECTION) is None
    assert take(book, "flx", FLX) is None


def test_a_new_name_keeps_the_readings(book: LiveReadings) -> None:
    before = list(book)
    change = take(book, "flx", {"1": {"class": "ct", "name": "kitchen"}})
    assert change == ConfigChange((), ())
    assert list(book) == before
    assert book.config is not None


def test_a_sensor_that_is_switched_off_is_gone(book: LiveReadings) -> None:
    gone = [item for item in book if item.channel.sensor.id == hex_id(2)]
    change = take(book, "sensor", {**SECTION, "2": clamp("pminus", 2, enable=0)})
    assert change is not None
    assert set(map(id, change.removed)) == set(map(id, gone))
    assert change.added == ()
    assert not any(item in book for item in gone)
    assert list(book.net_pairs()) == []


def test_another_meaning_makes_another_reading(book: LiveReadings) -> None:
    change = take(book, "sensor", {**SECTION, "2": clamp("vrms", 2)})
    assert change is not None
    assert {reading.channel.row.key for reading in change.removed} == {
        "energy_export",
        "power_export",
    }
    assert [reading.channel.row.key for reading in change.added] == ["voltage"]


def test_what_is_no_configuration_is_dropped_and_changes_nothing(
    book: LiveReadings,
) -> None:
    before = list(book)
    with pytest.raises(Dropped):
        book.take_config("config/sensor", b"{", 0.0)
    assert list(book) == before


def test_counters_that_speak_on_a_change_live_by_what_speaks_beside_them() -> None:
    book = LiveReadings(DEVICE_ID)
    book.take_config("config/kube", fixture("flm02b_config_kube"), NOW)
    book.take_config("config/sensor", fixture("flm02b_config_sensor"), NOW)
    beside = {
        reading.channel.topic: reading.companions
        for reading in book
        if reading.companions
    }
    assert beside
    for topic, (companion,) in beside.items():
        assert topic.endswith("/counter")
        assert companion in book
        assert companion.channel.topic.endswith("/gauge")


def test_a_counter_goes_on_from_what_was_believed(book: LiveReadings) -> None:
    """What is lower after a restart is held."""
    at = NOW
    reading = book.find(hex_id(1), Stream.COUNTER)
    assert reading is not None
    assert reading.counter is not None
    reading.counter.take(at, 700.0, at)
    rows = {unique_id: known.to_row() for unique_id, _, known in book.counters()}
    after = LiveReadings(DEVICE_ID)
    after.known.update(rows)
    take(after, "flx", FLX)
    take(after, "sensor", SECTION)
    again = after.find(hex_id(1), Stream.COUNTER)
    assert again is not None
    assert again.counter is not None
    assert again.counter.value == 700.0
    assert {unit for _, unit, _ in after.counters()} == {"kWh"}
