"""Kubes: radio sensors that say themselves when they are not to be believed."""

from itertools import permutations
from typing import Any

import pytest

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN

from ....brokers import Message, publish
from ...recorded import Recorded, flm02b
from .feed import Feed, MakeFeed

NOON = 1_768_478_400

# Slots of the fixture's kube.
TEMPERATURE, HUMIDITY, PRESSURE, LIGHT, BATTERY, ERROR, MOTION, VIBRATION = range(9, 17)
SENTINELS = {
    TEMPERATURE: '128.86,"°C"',
    HUMIDITY: '119,"%"',
    PRESSURE: '262143.75,"Pa"',
    LIGHT: '16383.75,"lx"',
}
GOOD = {
    TEMPERATURE: '21.37,"°C"',
    HUMIDITY: '43.1,"%"',
    PRESSURE: '101325.25,"Pa"',
    LIGHT: '117.5,"lx"',
    BATTERY: '2.9,"V"',
}
SHOWN = {
    TEMPERATURE: "21.37",
    HUMIDITY: "43.1",
    PRESSURE: "1013.2525",
    LIGHT: "117.5",
    BATTERY: "2.9",
}
# Believable, so that only the error bit tells what to think of it.
WRONG = {
    TEMPERATURE: '99.9,"°C"',
    HUMIDITY: '99.9,"%"',
    PRESSURE: '99999,"Pa"',
    LIGHT: '9999,"lx"',
}
BITS = {TEMPERATURE: 1, HUMIDITY: 2, LIGHT: 4, PRESSURE: 8}


@pytest.fixture
async def feed(make_feed: MakeFeed) -> Feed[Recorded]:
    """Return an FLM02B whose kube has not been heard yet."""
    started = make_feed(flm02b())
    await started.start(NOON)
    return started


def packet(
    device: Recorded, stamp: int, values: dict[int, str], bits: int, **how: Any
) -> list[Message]:
    """Return the messages that follow from one radio packet, in order of slots."""
    contents = values | {ERROR: f'{bits},""'}
    return [
        device.gauge(slot, f"[{stamp},{value}]", **how)
        for slot, value in sorted(contents.items())
    ]


def shown(feed: Feed[Recorded], *slots: int) -> dict[int, str | None]:
    return {slot: feed.value_of(feed.device.key_of(slot, "gauge")) for slot in slots}


def drops(feed: Feed[Recorded]) -> dict[str, int]:
    return dict(feed.hub.drops.totals)


async def test_a_packet_of_a_sound_kube_is_shown_at_once(
    feed: Feed[Recorded],
) -> None:
    await feed.publish(packet(feed.device, NOON, GOOD, 0))
    assert shown(feed, *GOOD) == SHOWN
    assert shown(feed, ERROR) == {ERROR: STATE_OFF}
    assert drops(feed) == {}


@pytest.mark.parametrize("order", permutations((TEMPERATURE, ERROR, HUMIDITY)))
async def test_a_defective_value_is_never_shown_whatever_comes_first(
    feed: Feed[Recorded], order: tuple[int, ...]
) -> None:
    """Each message travels on its own, with time between them."""
    contents = {TEMPERATURE: WRONG[TEMPERATURE], HUMIDITY: '43.1,"%"', ERROR: '1,""'}
    for slot in order:
        await feed.publish([feed.device.gauge(slot, f"[{NOON},{contents[slot]}]")])
        await feed.tick(0.5)
        assert shown(feed, TEMPERATURE) == {TEMPERATURE: STATE_UNKNOWN}
    await feed.tick(10)
    assert shown(feed, TEMPERATURE, HUMIDITY) == {
        TEMPERATURE: STATE_UNKNOWN,
        HUMIDITY: "43.1",
    }
    assert drops(feed) == {"sensor_error": 1}


@pytest.mark.parametrize("slot", BITS)
async def test_an_error_bit_spoils_its_own_sensor_only(
    feed: Feed[Recorded], slot: int
) -> None:
    await feed.publish(packet(feed.device, NOON, GOOD, 0))
    spoiled = GOOD | {slot: WRONG[slot]}
    for later in (64, 128):
        await feed.publish(packet(feed.device, NOON + later, spoiled, BITS[slot]))
    await feed.tick(10)
    assert shown(feed, *GOOD) == SHOWN
    assert drops(feed) == {"sensor_error": 2}


async def test_sentinels_are_dropped_even_without_their_error_bit(
    feed: Feed[Recorded],
) -> None:
    await feed.publish(packet(feed.device, NOON, SENTINELS, 0))
    await feed.tick(10)
    assert set(shown(feed, *SENTINELS).values()) == {STATE_UNKNOWN}
    assert drops(feed) == {"out_of_range": 4}


async def test_a_defective_sensor_becomes_unavailable_while_its_kube_lives(
    feed: Feed[Recorded],
) -> None:
    await feed.publish(packet(feed.device, NOON, GOOD, 0))
    spoiled = GOOD | {TEMPERATURE: WRONG[TEMPERATURE]}
    for later in range(64, 384, 64):
        await feed.tick(64)
        await feed.publish(packet(feed.device, NOON + later, spoiled, 1))
    await feed.tick(10)
    assert shown(feed, TEMPERATURE, HUMIDITY) == {
        TEMPERATURE: STATE_UNAVAILABLE,
        HUMIDITY: "43.1",
    }
    await feed.publish(packet(feed.device, NOON + 400, GOOD, 0))
    await feed.tick(5)
    assert shown(feed, TEMPERATURE) == {TEMPERATURE: "21.37"}


async def test_a_value_whose_error_bits_never_come_is_taken_after_a_while(
    feed: Feed[Recorded],
) -> None:
    await feed.publish([feed.device.gauge(HUMIDITY, f'[{NOON},43.1,"%"]')])
    assert shown(feed, HUMIDITY) == {HUMIDITY: STATE_UNKNOWN}
    await feed.tick(10)
    assert shown(feed, HUMIDITY) == {HUMIDITY: "43.1"}


async def test_a_value_that_outruns_the_bits_of_the_last_one_is_judged_by_the_known(
    feed: Feed[Recorded],
) -> None:
    await feed.publish(packet(feed.device, NOON, GOOD, 1))
    assert drops(feed) == {"sensor_error": 1}
    for later in (1, 2):
        payload = f'[{NOON + later},{20 + later},"°C"]'
        await feed.publish([feed.device.gauge(TEMPERATURE, payload)])
    assert drops(feed) == {"sensor_error": 2}
    await feed.publish([feed.device.gauge(ERROR, f'[{NOON + 2},0,""]')])
    assert shown(feed, TEMPERATURE) == {TEMPERATURE: "22.0"}


async def test_what_a_broker_kept_of_a_packet_is_judged_likewise(
    make_feed: MakeFeed,
) -> None:
    device = flm02b()
    feed = make_feed(device)
    spoiled = GOOD | {TEMPERATURE: WRONG[TEMPERATURE]}
    await publish(feed.broker, packet(device, NOON - 50, spoiled, 1, retain=True))
    await feed.start(NOON)
    assert shown(feed, TEMPERATURE, HUMIDITY) == {
        TEMPERATURE: STATE_UNKNOWN,
        HUMIDITY: "43.1",
    }


async def test_what_a_broker_kept_of_a_lost_kube_is_not_shown(
    make_feed: MakeFeed,
) -> None:
    device = flm02b()
    feed = make_feed(device)
    await publish(feed.broker, packet(device, NOON - 3600, GOOD, 0, retain=True))
    await feed.start(NOON)
    await feed.tick(10)
    assert set(shown(feed, *GOOD).values()) == {STATE_UNAVAILABLE}


@pytest.mark.parametrize(
    ("bits", "errors"),
    [
        (0, []),
        (1, ["temperature"]),
        (2 | 16, ["humidity", "accelerometer"]),
        (32, ["low_battery"]),
        (64, ["watchdog"]),
        (4 | 8, ["light", "pressure"]),
    ],
)
async def test_the_problem_of_a_kube_is_named(
    feed: Feed[Recorded], bits: int, errors: list[str]
) -> None:
    await feed.publish(packet(feed.device, NOON, {}, bits))
    state = feed.state_of(feed.device.key_of(ERROR, "gauge"))
    assert state is not None
    assert state.state == (STATE_ON if errors else STATE_OFF)
    assert state.attributes["errors"] == errors


def count(device: Recorded, slot: int, stamp: int, number: int) -> list[Message]:
    return [device.counter(slot, f'[{stamp},{number},""]', retain=True)]


@pytest.mark.parametrize("slot", [MOTION, VIBRATION])
async def test_a_count_that_changes_is_a_move_until_it_rests(
    feed: Feed[Recorded], slot: int
) -> None:
    key = feed.device.key_of(slot, "counter")
    await feed.publish(count(feed.device, slot, NOON, 65_535))
    assert feed.value_of(key) == STATE_OFF
    await feed.publish(count(feed.device, slot, NOON + 8, 0))
    assert feed.value_of(key) == STATE_ON
    await feed.tick(9)
    await feed.publish(count(feed.device, slot, NOON + 16, 1))
    await feed.tick(9)
    assert feed.value_of(key) == STATE_ON
    await feed.tick(9)
    assert feed.value_of(key) == STATE_OFF


async def test_the_same_count_again_is_no_move(feed: Feed[Recorded]) -> None:
    for later in (0, 8):
        await feed.publish(count(feed.device, MOTION, NOON + later, 7))
    assert feed.value_of(feed.device.key_of(MOTION, "counter")) == STATE_OFF


async def test_a_defective_accelerometer_feels_nothing(feed: Feed[Recorded]) -> None:
    await feed.publish(packet(feed.device, NOON, {}, 16))
    for number in range(3):
        later = NOON + 8 * number
        await feed.publish(count(feed.device, VIBRATION, later, number))
        await feed.publish(count(feed.device, MOTION, later, number))
    assert feed.value_of(feed.device.key_of(VIBRATION, "counter")) == STATE_OFF
    assert feed.value_of(feed.device.key_of(MOTION, "counter")) == STATE_ON
    assert drops(feed) == {"sensor_error": 3}


async def test_a_still_kube_is_present_as_long_as_its_packets_come(
    feed: Feed[Recorded],
) -> None:
    key = feed.device.key_of(MOTION, "counter")
    await feed.publish(count(feed.device, MOTION, NOON, 7))
    for later in range(64, 640, 64):
        await feed.tick(64)
        await feed.publish(packet(feed.device, NOON + later, {}, 0))
    await feed.tick(5)
    assert feed.value_of(key) == STATE_OFF
    await feed.tick(305)
    assert feed.value_of(key) == STATE_UNAVAILABLE
