"""What may be shown to others when help is asked for."""

import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.diagnostics import async_get_config_entry_diagnostics
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_dumps

from ....brokers import HOST, Message, MosquittoFactory, publish
from ....devices import FIXTURES
from ...homes import hub_of, until
from ...recorded import Recorded, flm02b, flm03e, set_up
from .feed import Feed, MakeFeed

NOON = 1_768_478_400
SERIAL = "FL99000270"
OWNER = {"username": "somebody", "password": "s3cret-word"}
NAME = "a private name"
SHOWN_DIGITS = 6


async def diagnostics_of(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    return await async_get_config_entry_diagnostics(hass, entry)


@pytest.mark.parametrize("device", [flm02b(), flm03e()], ids=["FLM02B", "FLM03E"])
async def test_the_condition_of_an_entry_is_told(
    make_feed: MakeFeed, snapshot: SnapshotAssertion, device: Recorded
) -> None:
    feed: Feed[Recorded] = make_feed(device, gauge_interval=5)
    await feed.start(NOON)
    await feed.publish([device.gauge(1, f'[{NOON},157,"W"]')])
    await feed.publish([device.gauge(1, "nonsense")])
    await feed.tick(60)
    await feed.publish([device.gauge(1, f'[{NOON + 60},158,"W"]')])
    diagnostics = await diagnostics_of(feed.hass, feed.entry)
    json.loads(json_dumps(diagnostics))
    assert diagnostics == snapshot


def ids_in(value: Any) -> set[str]:
    """Return the strings of at least 20 characters: ids and keys."""
    match value:
        case dict():
            return set().union(*(ids_in(item) for item in value.values()))
        case list():
            return set().union(*(ids_in(item) for item in value))
        case str() if len(value) >= 20:
            return {value}
        case _:
            return set()


def give_names(device: Recorded) -> None:
    """Give every port, sensor and kube a name that nothing else has."""
    for kind in device.sections():
        for number, section in kind.items():
            for field in section.keys() & {"name", "function"}:
                section[field] = f"{NAME} {number}"


@pytest.mark.parametrize("device", [flm02b(), flm03e()], ids=["FLM02B", "FLM03E"])
async def test_no_secret_and_no_id_is_told(
    hass: HomeAssistant, mosquitto: MosquittoFactory, device: Recorded
) -> None:
    give_names(device)
    guarded = mosquitto(users={OWNER["username"]: OWNER["password"]})
    report = f"1..1\n# serial: {SERIAL}\n# firmware: 382\nok 1 - flxd running\n"
    tap = Message(f"/device/{device.device_id}/test/tap", report.encode())
    await publish(guarded, [*device.retained(), tap], **OWNER)
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=device.device_id,
        data={
            "host": HOST,
            "port": guarded.port,
            "device_id": device.device_id,
            **OWNER,
        },
    )
    assert await set_up(hass, entry) is ConfigEntryState.LOADED
    await until(lambda: hub_of(entry).self_test is not None)
    text = json_dumps(await diagnostics_of(hass, entry))
    assert '"382"' in text
    secrets = ids_in([json.loads(path.read_text()) for path in FIXTURES.glob("*.json")])
    assert len(secrets) > 100
    secrets |= {device.device_id, SERIAL, HOST, str(guarded.port), *OWNER.values()}
    assert not [secret for secret in secrets if secret in text]
    assert not [secret for secret in secrets if secret[: SHOWN_DIGITS + 1] in text]
    assert NAME not in text
