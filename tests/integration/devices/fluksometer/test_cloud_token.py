"""A token of the cloud is kept in the options, and shown to nobody."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from ....devices import FLM03E_ID

ACCOUNT, SENSOR = "5ec2e7" * 5 + "00", "0" * 31 + "1"
SECRET = "my password"
INTERVALS = {"gauge_interval": 10, "counter_interval": 60}

pytestmark = pytest.mark.usefixtures("setup_entry")


def make_entry(
    hass: HomeAssistant, options: Any = None, **data: Any
) -> MockConfigEntry:
    entry = MockConfigEntry(
        domain=DOMAIN, unique_id=FLM03E_ID, data=data, options=options or {}
    )
    entry.add_to_hass(hass)
    return entry


async def submit(
    hass: HomeAssistant, entry: MockConfigEntry, **typed: Any
) -> ConfigFlowResult:
    """Open the form and send it as it is, with some fields filled in."""
    options = hass.config_entries.options
    form = await options.async_init(entry.entry_id)
    return await options.async_configure(form["flow_id"], {**INTERVALS, **typed})


def fields(form: ConfigFlowResult) -> set[str]:
    schema = form["data_schema"]
    assert schema is not None
    return {str(marker) for marker in schema.schema}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ([ACCOUNT], [ACCOUNT]),
        (f" {ACCOUNT} ", [ACCOUNT]),
        ([ACCOUNT, "", SENSOR], [ACCOUNT, SENSOR]),
    ],
)
async def test_what_is_typed_is_kept(
    hass: HomeAssistant, typed: Any, stored: list[str]
) -> None:
    entry = make_entry(hass)
    result = await submit(hass, entry, cloud_token=typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {**INTERVALS, "cloud_token": stored}


async def test_what_is_stored_is_not_shown_and_stays(hass: HomeAssistant) -> None:
    entry = make_entry(hass, {**INTERVALS, "cloud_token": [ACCOUNT]})
    form = await hass.config_entries.options.async_init(entry.entry_id)
    schema = form["data_schema"]
    assert schema is not None
    assert ACCOUNT not in str(
        [(marker.default, marker.description) for marker in schema.schema]
    )
    assert ACCOUNT not in str(form)
    unchanged: tuple[dict[str, Any], ...] = (
        {},
        {"cloud_token": []},
        {"cloud_token": [""]},
    )
    for empty in unchanged:
        await submit(hass, entry, **{**empty, "gauge_interval": 20})
        assert entry.options["cloud_token"] == [ACCOUNT]
    assert entry.options["gauge_interval"] == 20


async def test_another_token_takes_its_place(hass: HomeAssistant) -> None:
    entry = make_entry(hass, {**INTERVALS, "cloud_token": [ACCOUNT]})
    await submit(hass, entry, cloud_token=[SENSOR])
    assert entry.options["cloud_token"] == [SENSOR]
    await submit(hass, entry, cloud_token=[ACCOUNT], remove_cloud_token=True)
    assert entry.options == {**INTERVALS, "cloud_token": [ACCOUNT]}


async def test_it_can_be_removed(hass: HomeAssistant) -> None:
    entry = make_entry(hass, {**INTERVALS, "cloud_token": [ACCOUNT]})
    await submit(hass, entry, remove_cloud_token=True)
    assert entry.options == INTERVALS
    # Where nothing is stored, there is nothing to remove.
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert fields(form) == {*INTERVALS, "clock", "cloud_token"}


@pytest.mark.parametrize("typed", [[SECRET], [ACCOUNT, SECRET], [ACCOUNT.upper()]])
async def test_what_is_no_token_is_refused_and_not_repeated(
    hass: HomeAssistant, typed: list[str]
) -> None:
    entry = make_entry(hass)
    form = await submit(hass, entry, cloud_token=typed, gauge_interval=33)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"cloud_token": "invalid_token"}
    assert SECRET not in str(form)
    assert entry.options == {}
    schema = form["data_schema"]
    assert schema is not None
    (shown,) = [m for m in schema.schema if str(m) == "gauge_interval"]
    assert shown.description == {"suggested_value": 33}


@pytest.mark.parametrize("kind", ["p1_serial", "fluksometer_rest"])
async def test_only_what_the_cloud_knows_has_a_token(
    hass: HomeAssistant, kind: str
) -> None:
    entry = make_entry(hass, kind=kind)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert "cloud_token" not in fields(form)
