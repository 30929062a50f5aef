"""A reading gathers what arrives, shows it in its turn, and knows when it is silent."""

from typing import Any

import pytest

from custom_components.flukso.core.drops import Dropped, DropReason
from custom_components.flukso.core.fluksometer.live_reading import (
    CLOCK_TOLERANCE,
    PACKET_TIME,
    LiveReading,
)
from custom_components.flukso.core.fluksometer.live_readings import LiveReadings
from custom_components.flukso.core.fluksometer.topics import Stream

from .support import DEVICE_ID, NOW, hex_id, payload

STAMP = int(NOW)
FLX = {"1": {"class": "ct", "name": "L1"}, "4": {"class": "pulse", "constant": 1}}


def kube(kind: str, **sensor: Any) -> dict[str, Any]:
    return {"class": "kube", "kid": 1, "type": kind, "data_type": "gauge", **sensor}


def clamp(subtype: str) -> dict[str, Any]:
    return {"type": "electricity", "subtype": subtype, "port": [1]}


POWER = clamp("pplus")
PULSES = {"type": "electricity", "port": [4], "data_type": "counter"}
TEMPERATURE, ERRORS = kube("temperature"), kube("error")
MOTION = kube("movement", data_type="counter")
VIBRATION = kube("vibration", data_type="counter")
VIBRATION_ERROR = 16


def book_of(*sensors: dict[str, Any]) -> LiveReadings:
    """Return the readings of an FLM03E with these sensors, described at second 0."""
    slots = {
        str(slot): {"id": hex_id(slot), "enable": 1, "rid": 0} | sensor
        for slot, sensor in enumerate(sensors, start=1)
    }
    book = LiveReadings(DEVICE_ID)
    book.take_config("config/flx", payload(FLX), 0.0)
    book.take_config("config/kube", payload({"1": {"hw_type": 19216}}), 0.0)
    book.take_config("config/sensor", payload(slots), 0.0)
    return book


def reading(
    *sensors: dict[str, Any], slot: int = 1, stream: Stream = Stream.GAUGE
) -> LiveReading:
    found = book_of(*sensors).find(hex_id(slot), stream)
    assert found is not None
    return found


def hear(
    live: LiveReading,
    value: float,
    now: float,
    *,
    stamp: int = STAMP,
    retained: bool = False,
    wall: float = NOW,
    lead: int | None = 0,
) -> None:
    text = f"[{stamp}, {value}]"
    live.receive(text.encode(), retained, wall, now, lead)


def test_the_mean_of_an_interval_is_shown_and_told_once() -> None:
    live, told = reading(POWER), list[float | None]()
    live.listeners.append(lambda: told.append(live.shown))
    live.refresh(0.0)
    hear(live, 100, 1.0)
    hear(live, 201, 2.0)
    live.refresh(10.0)
    live.refresh(20.0)
    hear(live, 150.5, 21.0)
    live.refresh(30.0)
    assert told == [150.5]
    assert (live.latest, live.stamp, live.last_seen) == (150.5, STAMP, 21.0)


def test_what_is_too_large_is_dropped_and_changes_nothing() -> None:
    live = reading(POWER)
    with pytest.raises(Dropped) as raised:
        hear(live, 1e9, 1.0)
    assert raised.value.reason is DropReason.OUT_OF_RANGE
    assert (live.latest, live.last_seen) == (None, None)


def test_a_retained_value_is_as_old_as_its_stamp() -> None:
    live = reading(POWER)
    hear(live, 100, 1000.0, stamp=STAMP - 20, retained=True)
    assert live.last_seen == 980.0
    live.refresh(1000.0)
    assert live.shown == 100
    hear(live, 300, 1001.0, stamp=STAMP - 40, retained=True)
    live.refresh(1002.0)
    assert (live.latest, live.shown) == (300, 100)


@pytest.mark.parametrize(("age", "seen"), [(CLOCK_TOLERANCE, None), (901, 99.0)])
def test_the_age_is_doubted_until_the_clock_is_known(
    age: float, seen: float | None
) -> None:
    live = reading(POWER)
    hear(live, 1, 1000.0, stamp=STAMP - int(age), retained=True, lead=None)
    assert live.last_seen == seen


def test_taps_hear_every_value_with_its_stamp() -> None:
    live, heard = reading(POWER), list[tuple[str, int, float]]()
    live.taps.append(lambda *said: heard.append(said))
    hear(live, 100, 1.0)
    live.receive(b"200", False, NOW, 2.0)
    assert heard == [(hex_id(1), STAMP, 100)]
    assert live.latest == 200


def test_a_flow_of_pulses_falls_when_they_stay_away() -> None:
    live = reading(PULSES)
    hear(live, 3600, 0.0)
    live.refresh(1.0)
    assert live.shown == 3600
    live.refresh(12.0)
    assert live.shown == 360
    live.lose_touch()
    assert (live.shown, live.last_seen) == (360, None)
    live.refresh(400.0)
    assert live.shown == 0


def test_what_was_shown_is_forgotten_with_the_connection_counters_aside() -> None:
    book = book_of(POWER)
    gauge, counter = book
    if gauge.channel.row.stream is Stream.COUNTER:
        gauge, counter = counter, gauge
    for live in (gauge, counter):
        hear(live, 1000, 1.0)
        live.refresh(2.0)
        live.lose_touch()
    assert (gauge.shown, counter.shown) == (None, 1.0)


def test_silence_is_told_once_and_only_of_what_is_used() -> None:
    live = reading(POWER)
    hear(live, 100, 10.0)
    live.refresh(11.0)
    assert not live.turned_silent(100.0)
    live.users = 1
    assert not live.turned_silent(40.0)
    assert live.turned_silent(41.0)
    assert live.was_silent
    assert live.shown is None
    assert not live.turned_silent(42.0)
    hear(live, 100, 43.0)
    assert live.turned_silent(44.0)
    assert not live.was_silent


def test_what_speaks_on_a_change_alone_is_never_silent() -> None:
    live = reading(PULSES)
    assert not live.silent(1e9)


def errors(*sensors: dict[str, Any]) -> tuple[LiveReading, LiveReading]:
    """Return the first sensor of a kube, and the error bits of that kube."""
    book = book_of(*sensors, ERRORS)
    bits = book.find(hex_id(len(sensors) + 1), Stream.GAUGE)
    guarded = next(live for live in book if live.channel.sensor.id == hex_id(1))
    assert bits is not None
    return guarded, bits


def test_a_value_waits_for_the_error_bits_of_its_packet() -> None:
    live, bits = errors(TEMPERATURE)
    assert live.error_bits is bits
    assert bits.guarded == (live,)
    assert live.needs == (live, bits)
    live.settle(0.0)
    hear(live, 21.5, 1.0)
    live.settle(2.0)
    heard = [live.latest]
    hear(bits, 0, 2.0)
    live.settle(2.0)
    assert [*heard, live.latest] == [None, 21.5]
    hear(live, 22.5, 3.0)
    assert live.latest == 22.5


def test_a_value_of_a_defective_sensor_is_dropped() -> None:
    live, bits = errors(TEMPERATURE)
    hear(bits, 1, 1.0)
    with pytest.raises(Dropped) as raised:
        hear(live, 21.5, 1.0)
    assert raised.value.reason is DropReason.SENSOR_ERROR
    assert live.latest is None


def test_error_bits_that_never_come_are_not_waited_for() -> None:
    live, _bits = errors(TEMPERATURE)
    hear(live, 21.5, 1.0)
    live.settle(1.0 + PACKET_TIME)
    assert live.latest == 21.5


def test_the_next_value_ends_the_waiting_of_the_one_before() -> None:
    live, _bits = errors(TEMPERATURE)
    hear(live, 21.5, 1.0)
    hear(live, 22.5, 2.0, stamp=STAMP + 1)
    assert live.latest == 21.5
    live.lose_touch()
    live.settle(1000.0)
    assert live.latest == 21.5


def test_error_bits_prove_that_a_counter_lives() -> None:
    live, bits = errors(MOTION)
    assert live.companions == (bits,)
    assert live.needs == (live, bits)
    hear(bits, 0, 100.0)
    assert not live.silent(390.0)
    assert live.silent(401.0)


def test_the_last_error_bits_hold_for_a_counter() -> None:
    live, bits = errors(VIBRATION)
    assert live.error_bits is bits
    hear(live, 1, 1.0)
    assert live.latest == 1
    hear(bits, VIBRATION_ERROR, 2.0, stamp=STAMP + 1)
    with pytest.raises(Dropped):
        hear(live, 2, 3.0, stamp=STAMP + 60)
