"""Another meter on a dongle has another topic: it is told of, and taken over."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import paho.mqtt.client
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.core.p1.dongle import DONGLE_TOPICS
from custom_components.flukso.core.p1.readings import Telegram
from custom_components.flukso.core.p1.receiver import Receiver
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from ....brokers import Mosquitto
from ...homes import hub_of, real_monotonic, until
from .dongles import TOPIC, dongle_entry, on_broker, send, set_up, value_of
from .telegrams import THREE_PHASES, changed, encrypted, fixture, read, simulated

TELEGRAM = fixture(THREE_PHASES)
# No register of it is as far as that of the meter before.
NEW = simulated(seed=2)
OTHER_TOPIC = "/p1/253769485_A/telegram"
PATIENCE = 80

type Pass = Callable[..., Awaitable[None]]


@pytest.fixture
async def entry(
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> MockConfigEntry:
    """Return the entry of a meter that was heard until now."""
    monkeypatch.setattr(paho.mqtt.client, "time_func", real_monotonic)
    entry = dongle_entry(hass, TELEGRAM, on_broker(broker.port))
    await set_up(hass, entry)
    await send(broker, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
    return entry


@pytest.fixture
def pass_time(
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Pass:
    """Return what lets seconds pass, five at a time, and everybody publish meanwhile.

    Each step ends when what somebody listens to has arrived.
    """
    read_message, arrived = Receiver.read_message, list[bytes]()

    def counted(
        receiver: Receiver, message: bytes, now: float | None = None
    ) -> list[Telegram]:
        arrived.append(message)
        return read_message(receiver, message, now)

    monkeypatch.setattr(Receiver, "read_message", counted)

    async def let(seconds: int, *telegrams: tuple[str, bytes]) -> None:
        for _ in range(0, seconds, 5):
            freezer.tick(5)
            async_fire_time_changed(hass)
            await hass.async_block_till_done()
            topics = list(broker.subscriptions().values())[-1]
            awaited = len(arrived)
            for topic, telegram in telegrams:
                await send(broker, telegram, topic=topic)
                awaited += topic in topics or DONGLE_TOPICS in topics
            await until(partial(lambda count: len(arrived) >= count, awaited))
            await hass.async_block_till_done()

    return let


def reported(hass: HomeAssistant) -> list[str]:
    """Return the translation keys of all repairs there are."""
    found = ir.async_get(hass).issues.values()
    return [str(each.translation_key) for each in found if each.domain == DOMAIN]


async def fix(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Confirm the repair."""
    assert await async_setup_component(hass, REPAIRS, {})
    flows = hass.data[REPAIRS]["flow_manager"]
    issue_id = f"other_meter_{entry.entry_id}"
    asked = await flows.async_init(DOMAIN, context={"issue_id": issue_id})
    done = dict(await flows.async_configure(asked["flow_id"], {}))
    await hass.async_block_till_done()
    return done


async def test_a_new_meter_on_another_topic_is_told_of_and_taken_over(
    hass: HomeAssistant, broker: Mosquitto, entry: MockConfigEntry, pass_time: Pass
) -> None:
    await pass_time(PATIENCE, (OTHER_TOPIC, NEW))
    assert reported(hass) == ["other_meter"]
    assert (await fix(hass, entry))["type"] == "create_entry"
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["topic"] == OTHER_TOPIC
    assert entry.unique_id == read(NEW).meter
    await until(lambda: hub_of(entry).link_up)
    await send(broker, NEW, topic=OTHER_TOPIC)
    await until(lambda: hub_of(entry).telegrams > 0)
    assert reported(hass) == []


async def test_the_neighbour_is_not_looked_at_while_ones_own_meter_is_heard(
    hass: HomeAssistant, entry: MockConfigEntry, pass_time: Pass
) -> None:
    await pass_time(PATIENCE, (OTHER_TOPIC, NEW), (TOPIC, TELEGRAM))
    assert "other_meter" not in reported(hass)
    assert hub_of(entry).strangers.other is None


async def test_a_meter_that_has_an_entry_took_nobodys_place(
    hass: HomeAssistant, entry: MockConfigEntry, pass_time: Pass
) -> None:
    other = MockConfigEntry(domain=DOMAIN, unique_id=read(NEW).meter)
    other.add_to_hass(hass)
    await pass_time(PATIENCE, (OTHER_TOPIC, NEW))
    assert reported(hass) == []


async def test_what_is_no_telegram_took_nobodys_place(
    hass: HomeAssistant, entry: MockConfigEntry, pass_time: Pass
) -> None:
    locked = encrypted("000102030405060708090A0B0C0D0E0F")
    await pass_time(PATIENCE, (OTHER_TOPIC, b"noise"), (OTHER_TOPIC, locked))
    assert reported(hass) == []
    assert hub_of(entry).refused == {}


async def test_ones_own_meter_is_followed_to_another_topic(
    hass: HomeAssistant, broker: Mosquitto, entry: MockConfigEntry, pass_time: Pass
) -> None:
    later = changed(TELEGRAM, (b"1.7.0(09.258", b"1.7.0(01.000"))
    await pass_time(30, (OTHER_TOPIC, later))
    await hass.async_block_till_done()
    assert entry.data["topic"] == OTHER_TOPIC
    await until(lambda: hub_of(entry).link_up)
    await send(broker, later, topic=OTHER_TOPIC)
    await until(lambda: value_of(hass, entry) == "1.0")
    assert reported(hass) == []


async def test_unloading_ends_the_lookout(
    hass: HomeAssistant, broker: Mosquitto, entry: MockConfigEntry, pass_time: Pass
) -> None:
    await pass_time(30)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await pass_time(30, (OTHER_TOPIC, NEW))
    assert reported(hass) == []
