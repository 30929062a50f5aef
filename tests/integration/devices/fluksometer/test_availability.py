"""When readings count as current, and when they no longer do."""

from collections.abc import Iterable
import logging

import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er

from ....brokers import Message, Mosquitto, publish
from ...homes import until
from ...recorded import Recorded, flm02b, flm03e
from .feed import Feed, MakeFeed

NOON = 1_768_478_400
LOGGER = "custom_components.flukso"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the integration logged of connections and silence, and forget it."""
    said = [
        record.getMessage().partition(": ")[2]
        for record in caplog.records
        if record.name.startswith(LOGGER) and record.levelno >= logging.INFO
    ]
    caplog.clear()
    return said


def states(feed: Feed[Recorded]) -> set[str]:
    """Return the states of all entities of the device that follow its readings."""
    registry = er.async_get(feed.hass)
    return {
        state.state
        for entity in er.async_entries_for_config_entry(registry, feed.entry.entry_id)
        if entity.domain in (Platform.SENSOR, Platform.BINARY_SENSOR)
        and entity.config_subentry_id is None
        and (state := feed.hass.states.get(entity.entity_id)) is not None
    }


def all_speak(device: Recorded, second: int) -> list[Message]:
    """Return a second of a clamp port, of a pulse port and of a kube."""
    return [
        device.gauge(1, f'[{second}, 100, "W"]'),
        device.counter(1, f'[{second}, 1000, "Wh"]'),
        device.gauge(37, f'[{second}, 360, "W"]'),
        device.counter(37, f'[{second}, 500, "Wh"]'),
        device.gauge(40, f'[{second},21,"°C"]'),
        device.gauge(45, f'[{second},0,""]'),
    ]


def shown(feed: Feed[Recorded], *keys: tuple[int, str]) -> list[str | None]:
    return [feed.value_of(feed.device.key_of(slot, stream)) for slot, stream in keys]


ALL = ((1, "gauge"), (1, "counter"), (37, "gauge"), (37, "counter"), (40, "gauge"))


async def lose(feed: Feed[Recorded], broker: Mosquitto) -> None:
    """Stop the broker, and return when it has been noticed."""
    broker.stop()
    await until(lambda: not feed.hub.link_up)
    await feed.hass.async_block_till_done()


async def find_again(feed: Feed[Recorded], broker: Mosquitto) -> None:
    """Start the broker, and return when it is connected to again."""
    broker.start()
    # The first attempt comes after a second; a timer is due only past its moment.
    feed.freezer.tick(1.1)
    await until(lambda: feed.hub.link_up)


async def test_a_lost_broker_takes_all_with_it_and_brings_it_back(
    make_feed: MakeFeed, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    device = flm03e()
    feed = make_feed(device)
    await feed.start(NOON)
    await feed.publish(all_speak(device, NOON))
    lines(caplog)
    await lose(feed, broker)
    assert states(feed) == {STATE_UNAVAILABLE}
    assert lines(caplog) == ["connection lost"]
    hub = feed.hub
    await find_again(feed, broker)
    await publish(broker, device.retained())
    assert STATE_UNAVAILABLE not in states(feed)
    assert lines(caplog) == ["connected again"]
    await feed.publish(all_speak(device, NOON + 2))
    assert shown(feed, *ALL) == ["100.0", "1.0", "360.0", "0.5", "21.0"]
    assert feed.hub is hub
    assert lines(caplog) == []


async def test_a_long_outage_is_told_in_two_lines(
    make_feed: MakeFeed, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    device = flm03e()
    feed = make_feed(device)
    await feed.start(NOON)
    await feed.publish(all_speak(device, NOON))
    lines(caplog)
    await lose(feed, broker)
    for _ in range(12):
        await feed.tick(60)
    assert states(feed) == {STATE_UNAVAILABLE}
    broker.start()
    feed.freezer.tick(60.1)
    await until(lambda: feed.hub.link_up)
    await feed.publish(all_speak(device, NOON + 800))
    await feed.tick(5)
    assert lines(caplog) == ["connection lost", "connected again"]


async def test_no_gauge_of_before_an_outage_is_shown_after_it(
    make_feed: MakeFeed, broker: Mosquitto
) -> None:
    """Counters are still right; how much flows is not known any more."""
    device = flm03e()
    feed = make_feed(device)
    await feed.start(NOON)
    await feed.publish(all_speak(device, NOON))
    await feed.publish([device.gauge(1, f'[{NOON}, 5000, "W"]')])
    await lose(feed, broker)
    await find_again(feed, broker)
    assert shown(feed, *ALL) == [STATE_UNKNOWN, "1.0", "360.0", "0.5", STATE_UNKNOWN]
    await feed.publish([device.gauge(1, f'[{NOON + 3}, 200, "W"]')])
    assert shown(feed, (1, "gauge")) == ["200.0"]


async def test_what_an_flm02_has_retained_is_shown_as_soon_as_it_is_back(
    make_feed: MakeFeed, broker: Mosquitto
) -> None:
    device = flm02b()
    feed = make_feed(device)
    await feed.start(NOON)
    keep = [device.gauge(1, f'[{NOON},157,"W"]', retain=True)]
    await feed.publish(keep)
    await lose(feed, broker)
    broker.start()
    await publish(broker, [*device.retained(), *keep])
    feed.freezer.tick(1.1)
    await until(lambda: feed.hub.link_up)
    await feed.fence()
    assert shown(feed, (1, "gauge")) == ["157.0"]


async def test_moves_during_an_outage_are_no_moves_after_it(
    make_feed: MakeFeed, broker: Mosquitto
) -> None:
    device = flm02b()
    feed = make_feed(device)
    await feed.start(NOON)
    motion = device.key_of(15, "counter")
    await feed.publish([device.counter(15, f'[{NOON},7,""]', retain=True)])
    await lose(feed, broker)
    broker.start()
    later = [device.counter(15, f'[{NOON},9,""]', retain=True)]
    await publish(broker, [*device.retained(), *later])
    feed.freezer.tick(1.1)
    await until(lambda: feed.hub.link_up)
    await feed.fence()
    assert feed.value_of(motion) == "off"
    await feed.publish([device.counter(15, f'[{NOON},10,""]')])
    assert feed.value_of(motion) == "on"


async def pass_silently(feed: Feed[Recorded], seconds: Iterable[int]) -> None:
    for pause in seconds:
        await feed.tick(pause)


@pytest.mark.parametrize(
    ("device", "slot", "stream", "payload", "limit"),
    [
        pytest.param(flm03e(), 1, "gauge", '5, "W"', 30, id="clamp-gauge"),
        pytest.param(flm03e(), 1, "counter", '5, "Wh"', 30, id="clamp-counter"),
        pytest.param(flm03e(), 7, "gauge", '230, "V"', 30, id="clamp-voltage"),
        pytest.param(flm02b(), 1, "gauge", '5,"W"', 30, id="clamp-flm02"),
        pytest.param(flm02b(), 7, "gauge", '-5,"W"', 60, id="p1"),
        pytest.param(flm02b(), 14, "gauge", '0,""', 300, id="kube"),
    ],
)
async def test_a_reading_falls_silent_after_its_limit_and_returns(
    *,
    make_feed: MakeFeed,
    caplog: pytest.LogCaptureFixture,
    device: Recorded,
    slot: int,
    stream: str,
    payload: str,
    limit: int,
) -> None:
    feed = make_feed(device)
    await feed.start(NOON)
    key = device.key_of(slot, stream)
    speak = device.message(slot, stream, f"[{NOON}, {payload}]")
    await feed.publish([speak])
    value = feed.value_of(key)
    await feed.tick(limit)
    assert feed.value_of(key) == value
    lines(caplog)
    await feed.tick(5)
    assert feed.value_of(key) == STATE_UNAVAILABLE
    assert len(lines(caplog)) == 1
    await feed.tick(600)
    await feed.publish([speak])
    await feed.tick(5)
    assert feed.value_of(key) == value
    assert sum("back" in line for line in lines(caplog)) == 1


async def test_the_net_power_goes_and_comes_with_either_of_its_sides(
    make_feed: MakeFeed,
) -> None:
    device = flm03e()
    feed = make_feed(device, gauge_interval=300)
    await feed.start(NOON)
    net = device.key_of(1, "net")
    sides = [device.gauge(slot, f'[{NOON}, 100, "W"]') for slot in (1, 2)]
    await feed.publish(sides)
    assert feed.value_of(net) == "0.0"
    for _ in range(8):
        await feed.tick(5)
        await feed.publish(sides[:1])
    assert feed.value_of(net) == STATE_UNAVAILABLE
    await feed.publish(sides[1:])
    assert feed.value_of(net) == "0.0"


async def test_pulses_never_go_by_silence(make_feed: MakeFeed) -> None:
    device = flm03e()
    feed = make_feed(device)
    await feed.start(NOON)
    await feed.publish(all_speak(device, NOON))
    for _ in range(24):
        await feed.tick(3600)
    assert shown(feed, (37, "counter"), (37, "gauge")) == ["0.5", "0.0"]
    assert shown(feed, (1, "counter")) == [STATE_UNAVAILABLE]


async def test_a_counter_that_rests_lives_as_long_as_its_gauge_speaks(
    make_feed: MakeFeed,
) -> None:
    """An FLM02 publishes a counter only when a whole watt-hour has passed."""
    device = flm02b()
    feed = make_feed(device)
    await feed.start(NOON)
    energy = device.key_of(1, "counter")
    await feed.publish([device.counter(1, f'[{NOON},1000,"Wh"]')])
    for later in range(0, 600, 20):
        await feed.publish([device.gauge(1, f'[{NOON + later},0,"W"]')])
        await feed.tick(20)
    assert feed.value_of(energy) == "1.0"
    await feed.tick(20)
    assert feed.value_of(energy) == STATE_UNAVAILABLE


async def test_a_gauge_that_a_broker_kept_of_an_hour_ago_is_not_shown(
    make_feed: MakeFeed,
) -> None:
    device = flm02b()
    feed = make_feed(device)
    old = NOON - 3600
    await publish(
        feed.broker,
        [
            device.gauge(1, f'[{old},5000,"W"]', retain=True),
            device.counter(1, f'[{old},1000,"Wh"]', retain=True),
            device.gauge(2, f'[{NOON - 1},157,"W"]', retain=True),
        ],
    )
    await feed.start(NOON)
    await feed.tick(5)
    assert shown(feed, (1, "gauge"), (1, "counter"), (2, "gauge")) == [
        STATE_UNAVAILABLE,
        STATE_UNAVAILABLE,
        "157.0",
    ]
    await feed.publish([device.gauge(1, f'[{NOON},100,"W"]')])
    await feed.tick(5)
    assert shown(feed, (1, "gauge"), (1, "counter")) == ["100.0", "1.0"]


async def test_stopping_home_assistant_ends_the_connection_without_a_word(
    hass: HomeAssistant,
    make_feed: MakeFeed,
    caplog: pytest.LogCaptureFixture,
) -> None:
    feed = make_feed(flm03e())
    await feed.start(NOON)
    hub = feed.hub
    lines(caplog)
    await hass.async_stop(force=True)
    assert hass.state is CoreState.stopped
    assert not hub.link.connected
    assert hub.link.connects == 1
    assert lines(caplog) == []


async def test_reloading_connects_anew(make_feed: MakeFeed) -> None:
    feed = make_feed(flm03e())
    await feed.start(NOON)
    first = feed.hub
    assert await feed.hass.config_entries.async_reload(feed.entry.entry_id)
    assert feed.entry.state is ConfigEntryState.LOADED
    assert not first.link.connected
    await feed.fence()
    assert STATE_UNAVAILABLE not in states(feed)


@pytest.mark.parametrize(("age", "alive"), [(155, True), (200, False)])
async def test_what_a_broker_kept_is_as_old_as_the_clock_of_the_device_says(
    *, make_feed: MakeFeed, broker: Mosquitto, age: int, alive: bool
) -> None:
    """A clock that is known to be two and a half minutes behind."""
    device = flm02b()
    feed = make_feed(device)
    await feed.start(NOON)
    gauge = device.key_of(7, "gauge")
    await feed.publish([device.gauge(7, f'[{NOON - 150},100,"W"]')])
    await feed.tick(60)
    await lose(feed, broker)
    broker.start()
    now = NOON + 61
    kept = [device.gauge(7, f'[{now - age - 30},100,"W"]', retain=True)]
    await publish(broker, [*device.retained(), *kept])
    feed.freezer.tick(1.1)
    await until(lambda: feed.hub.link_up)
    await feed.fence()
    await feed.tick(5)
    assert (feed.value_of(gauge) == "100.0") is alive
    assert (feed.value_of(gauge) == STATE_UNAVAILABLE) is not alive
