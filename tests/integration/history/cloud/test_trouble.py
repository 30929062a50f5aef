"""What goes wrong with Flukso's cloud, in words and without secrets."""

import asyncio
from collections import deque
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.devices.fluksometer.history import sources
from custom_components.flukso.diagnostics import async_get_config_entry_diagnostics
from custom_components.flukso.transport.http.cloud import ATTEMPTS, DEFAULT_URL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from simulator.cloud import Fault, body, hang_up, status

from ...demand.grid import random_loads
from ...homes import meters_of, until
from .feed import ACCOUNT, NOON, CloudFeed

HOUR = 3600
SECRET = "not a token, but my password"


async def fails(feed: CloudFeed, key: str, **data: Any) -> HomeAssistantError:
    """Return the error that the action ends in; it repeats no secret."""
    with pytest.raises(HomeAssistantError) as raised:
        await feed.backfill(NOON - HOUR, **data)
    assert raised.value.translation_key == key
    for secret in (ACCOUNT, SECRET):
        assert secret not in f"{raised.value} {raised.value.translation_placeholders}"
        assert secret not in f"{raised.value.__cause__!r}"
    return raised.value


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (status(401), "cloud_refused"),
        (status(500), "cloud_busy"),
        (status(429), "cloud_busy"),
        (hang_up, "cloud_unreachable"),
        (body(b"<html>"), "cloud_unreadable"),
        (body(bytes(3 << 20)), "cloud_unreadable"),
        (status(301, Location="/"), "cloud_unreadable"),
    ],
    ids=["401", "500", "429", "hang up", "html", "huge", "redirect"],
)
async def test_every_failure_has_words_of_its_own(
    fault: Fault, key: str, feed: CloudFeed
) -> None:
    await feed.install()
    feed.cloud.faults = deque([fault] * 2 * ATTEMPTS)
    await fails(feed, key)


async def test_another_token_is_refused(feed: CloudFeed) -> None:
    await feed.install()
    await fails(feed, "cloud_refused", token=["0" * 32])


async def test_a_token_of_the_options_is_used_where_none_is_given(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    feed.record(random_loads(3), NOON - 4 * HOUR, NOON)
    await feed.install(NOON + 600)
    await fails(feed, "cloud_no_token", token=None)
    await fails(feed, "cloud_no_token", token=[""])
    hass.config_entries.async_update_entry(
        feed.entry, options={"cloud_token": [ACCOUNT]}
    )
    await hass.async_block_till_done()
    response = await feed.backfill(NOON - 3 * HOUR, NOON - HOUR, token=None)
    assert response["added"] == 8
    diagnostics = await async_get_config_entry_diagnostics(hass, feed.entry)
    assert diagnostics["options"] == {"cloud_token": "**REDACTED**"}
    assert ACCOUNT not in str(diagnostics)

    # Which of both is wrong is said.
    await fails(feed, "cloud_refused", token=["0" * 32])
    feed.cloud.accounts.clear()
    await fails(feed, "cloud_refused_stored", token=None)


async def test_a_sensor_that_the_cloud_does_not_know_is_told(feed: CloudFeed) -> None:
    await feed.install()
    feed.cloud.sensors.clear()
    await fails(feed, "cloud_unknown_sensor")


async def test_a_dead_host_is_told(feed: CloudFeed, unused_tcp_port: int) -> None:
    await feed.install()
    await fails(feed, "cloud_unreachable", url=f"http://127.0.0.1:{unused_tcp_port}")


@pytest.mark.parametrize("token", [SECRET, [ACCOUNT, SECRET], "", [], ACCOUNT.upper()])
async def test_what_is_no_token_is_not_sent(feed: CloudFeed, token: Any) -> None:
    await feed.install()
    error = await fails(feed, "cloud_no_token", token=token)
    assert isinstance(error, ServiceValidationError)
    assert feed.cloud.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1",
        "127.0.0.1",
        "http://",
        "http://[",
        f"http://me:{ACCOUNT}@127.0.0.1",
        f"http://127.0.0.1?token={ACCOUNT}",
        "",
    ],
)
async def test_what_is_no_address_is_refused(feed: CloudFeed, url: str) -> None:
    await feed.install()
    await fails(feed, "cloud_bad_url", url=url)


async def test_without_an_address_it_is_the_cloud_of_flukso(
    feed: CloudFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(DEFAULT_URL) == "https://api.flukso.net"
    monkeypatch.setattr(sources, "DEFAULT_URL", URL(feed.cloud.url))
    await feed.install()
    await fails(feed, "cloud_no_values", url=None)
    assert feed.cloud.asked


async def test_a_meter_without_a_fluksometer_has_no_history_there(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    await feed.install()
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Other meter",
        data={
            "kind": "energy_meter",
            "import_entities": ["sensor.grid"],
            "export_entities": [],
            "phases": False,
            "net": False,
        },
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    (other,) = meters_of(entry).values()
    error = await fails(feed, "backfill_no_fluksometer", demand_meter=other.subentry_id)
    assert error.translation_placeholders == {"name": "Other meter"}


async def test_what_lies_ahead_cannot_be_imported(feed: CloudFeed) -> None:
    await feed.install()
    for start, end in (
        (NOON + HOUR, None),
        (NOON + HOUR, NOON + 2 * HOUR),
        (NOON, NOON - HOUR),
    ):
        with pytest.raises(ServiceValidationError) as raised:
            await feed.backfill(start, end)
        assert raised.value.translation_key == "invalid_period"


async def test_the_token_is_in_no_log_answer_diagnostics_or_file(
    hass: HomeAssistant, feed: CloudFeed, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    feed.record(random_loads(3), NOON - 4 * HOUR, NOON)
    await feed.install(NOON + 600)
    feed.cloud.faults = deque([status(503)])
    response = await feed.backfill(NOON - 3 * HOUR)
    assert response["added"] > 0
    feed.cloud.accounts.clear()
    await fails(feed, "cloud_refused")

    logged = [
        record.getMessage()
        for record in caplog.records
        # Home Assistant itself tells in its debug log which actions are called.
        if not record.name.startswith(("homeassistant.", "sqlalchemy."))
    ]
    assert any("windows" in line for line in logged)
    assert ACCOUNT not in "\n".join(logged)
    assert ACCOUNT not in str(response)
    diagnostics = await async_get_config_entry_diagnostics(hass, feed.entry)
    assert ACCOUNT not in str(diagnostics)
    assert ACCOUNT not in str(feed.entry.as_dict())


async def test_one_import_runs_at_a_time_for_a_demand_meter(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    feed.record(random_loads(3), NOON - 4 * HOUR, NOON)
    await feed.install(NOON + 600)
    first = hass.async_create_task(feed.backfill(NOON - 3 * HOUR))
    await until(lambda: bool(feed.cloud.asked))
    await fails(feed, "backfill_running")
    assert (await first)["added"] == 12
    assert (await feed.backfill(NOON - 3 * HOUR, NOON - HOUR))["added"] == 0


async def test_a_meter_that_is_unloaded_takes_nothing_more(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    feed.record(random_loads(3), NOON - 4 * HOUR, NOON)
    await feed.install(NOON + 600)
    running = asyncio.create_task(feed.backfill(NOON - 3 * HOUR))
    await until(lambda: bool(feed.cloud.asked))
    await feed.reload()
    with pytest.raises(ServiceValidationError) as raised:
        await running
    assert raised.value.translation_key == "backfill_interrupted"
    assert await feed.windows(NOON - 3 * HOUR, NOON) == []
    assert (await feed.backfill(NOON - 3 * HOUR))["added"] == 12
