"""Demand meters are added to a device and changed."""

from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import (
    CONF_DEVICE_ID,
    CONF_SLUG,
    DOMAIN,
    SUBENTRY_DEMAND,
)
from custom_components.flukso.core.tariff.flanders import AREAS
from custom_components.flukso.demand.defaults import unique_slug
from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigFlowResult,
    ConfigSubentry,
    ConfigSubentryDataWithId,
    SubentryFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, valid_entity_id
from homeassistant.data_entry_flow import FlowResultType, InvalidData

from ...brokers import HOST, Message, Mosquitto, publish
from ...devices import FLM02B_ID, FLM03E_ID

IMPORTS = [
    "7612a4854a2b2e84b7721ffcb9bfd11d",
    "a2b9892510b26b22144c1aaba496c362",
    "12f99a1983f5854737513b291f3562cc",
]
EXPORTS = [
    "bd83b29ba2e391aef6e1f7cdcb6722c7",
    "43112e46059f8ed5d76467e8059ebd7b",
    "5ce0a9acaf04b814711788868267bfaa",
]
SOLAR = "db7d5d9f9e1085e8573b0c911936cdc3"
DEFAULTS = {
    "name": "Grid",
    "import_sensors": IMPORTS,
    "export_sensors": EXPORTS,
    "profile": "custom",
    "vat": 6,
    "floor": 2.5,
}


def demand_meter(
    name: str, slug: str, imports: list[str] | None = None
) -> ConfigSubentryDataWithId:
    return ConfigSubentryDataWithId(
        data=DEFAULTS
        | {"name": name, "import_sensors": imports or IMPORTS}
        | {"area": "west", "goal": 4.0, CONF_SLUG: slug},
        subentry_id=f"demand-{slug}",
        subentry_type=SUBENTRY_DEMAND,
        title=name,
        unique_id=None,
    )


def fluksometer(
    device_id: str, broker: Mosquitto, *demand_meters: ConfigSubentryDataWithId
) -> MockConfigEntry:
    """Return an entry to which no demand meter is added by itself."""
    return MockConfigEntry(
        domain=DOMAIN,
        unique_id=device_id,
        data={
            CONF_HOST: HOST,
            CONF_PORT: broker.port,
            CONF_DEVICE_ID: device_id,
            "demand_offered": True,
        },
        subentries_data=demand_meters,
    )


async def load(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


@pytest.fixture
async def flm03e(
    hass: HomeAssistant, broker: Mosquitto, flm03e_messages: list[Message]
) -> MockConfigEntry:
    """Return a loaded FLM03E without a demand meter."""
    await publish(broker, flm03e_messages)
    entry = fluksometer(FLM03E_ID, broker)
    await load(hass, entry)
    return entry


type Form = ConfigFlowResult | SubentryFlowResult


async def open_form(hass: HomeAssistant, entry: MockConfigEntry) -> SubentryFlowResult:
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_DEMAND), context={"source": SOURCE_USER}
    )


async def submit(hass: HomeAssistant, form: Form, **values: Any) -> SubentryFlowResult:
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], values
    )
    await hass.async_block_till_done()
    return result


def demand_meters(entry: MockConfigEntry) -> list[ConfigSubentry]:
    return list(entry.get_subentries_of_type(SUBENTRY_DEMAND))


def schema_of(form: Form) -> vol.Schema:
    schema = form["data_schema"]
    assert schema is not None
    return schema


def suggestions(form: Form) -> dict[str, Any]:
    """Return what the fields of a form are filled in with."""
    return {
        marker.schema: marker.description["suggested_value"]
        for marker in schema_of(form).schema
        if marker.description
    }


def sensor_labels(form: Form) -> dict[str, str]:
    config = schema_of(form).schema["import_sensors"].config
    return {option["value"]: option["label"] for option in config["options"]}


@pytest.mark.smoke
async def test_the_area_alone_makes_a_demand_meter(
    hass: HomeAssistant, flm03e: MockConfigEntry
) -> None:
    form = await open_form(hass, flm03e)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "user"
    result = await submit(hass, form, area="imewo")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (meter,) = demand_meters(flm03e)
    assert meter.title == "Grid"
    assert meter.data == {**DEFAULTS, "area": "imewo", CONF_SLUG: "grid"}


@pytest.mark.parametrize("area", AREAS)
async def test_every_area_is_offered(
    hass: HomeAssistant, flm03e: MockConfigEntry, area: str
) -> None:
    form = await open_form(hass, flm03e)
    assert schema_of(form)({"area": area})["area"] == area


@pytest.mark.parametrize(
    ("country", "profile"), [("BE", "flanders"), ("NL", "custom"), (None, "custom")]
)
async def test_a_home_in_belgium_is_billed_as_flanders_does(
    hass: HomeAssistant, flm03e: MockConfigEntry, country: str | None, profile: str
) -> None:
    hass.config.country = country
    form = await open_form(hass, flm03e)
    assert schema_of(form)({})["profile"] == profile


async def test_all_that_is_chosen_is_kept(
    hass: HomeAssistant, flm03e: MockConfigEntry
) -> None:
    chosen = {
        "name": "Zonnige Kant",
        "import_sensors": [IMPORTS[1]],
        "export_sensors": [],
        "profile": "flanders",
        "area": "kempen",
        "price": 0.0,
        "vat": 21.0,
        "floor": 0.0,
        "goal": 3.5,
    }
    await submit(hass, await open_form(hass, flm03e), **chosen)
    (meter,) = demand_meters(flm03e)
    assert meter.title == "Zonnige Kant"
    assert meter.data == {**chosen, CONF_SLUG: "zonnige_kant"}


async def test_without_an_import_sensor_the_form_asks_again(
    hass: HomeAssistant, flm03e: MockConfigEntry
) -> None:
    form = await open_form(hass, flm03e)
    form = await submit(hass, form, name="Garage", import_sensors=[])
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "no_sensors"}
    assert suggestions(form)["name"] == "Garage"
    result = await submit(hass, form, import_sensors=IMPORTS[:1])
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_only_electricity_counters_are_offered(
    hass: HomeAssistant, flm03e: MockConfigEntry
) -> None:
    labels = sensor_labels(await open_form(hass, flm03e))
    assert labels.keys() == {*IMPORTS, *EXPORTS, SOLAR}
    assert labels[IMPORTS[0]] == "L1: Energy import"
    assert labels[EXPORTS[2]] == "L3: Energy export"
    assert labels[SOLAR] == "solar: Energy"


async def test_a_port_without_a_name_is_offered_by_its_number(
    hass: HomeAssistant, broker: Mosquitto, flm03e_messages: list[Message]
) -> None:
    hass.config.language = "nl"
    without_ports = [m for m in flm03e_messages if not m.topic.endswith("flx")]
    await publish(broker, without_ports)
    entry = fluksometer(FLM03E_ID, broker)
    await load(hass, entry)
    labels = sensor_labels(await open_form(hass, entry))
    assert labels[IMPORTS[0]] == "Poort 1: Afgenomen energie"


async def test_the_meter_of_an_flm02b_is_its_default(
    hass: HomeAssistant, broker: Mosquitto, flm02b_messages: list[Message]
) -> None:
    await publish(broker, flm02b_messages)
    entry = fluksometer(FLM02B_ID, broker)
    await load(hass, entry)
    form = await open_form(hass, entry)
    defaults = schema_of(form)({})
    assert defaults["import_sensors"] == ["a3aaae84fa774761819d911dc4545cea"]
    assert defaults["export_sensors"] == []


async def test_a_sensor_of_another_device_is_refused(
    hass: HomeAssistant, flm03e: MockConfigEntry
) -> None:
    form = await open_form(hass, flm03e)
    with pytest.raises(InvalidData):
        await submit(hass, form, import_sensors=["a3aaae84fa774761819d911dc4545cea"])
    assert demand_meters(flm03e) == []


async def test_a_device_that_is_not_loaded_is_not_asked(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    entry = fluksometer(FLM03E_ID, broker, demand_meter("Grid", "grid"))
    entry.add_to_hass(hass)
    added = await open_form(hass, entry)
    changed = await entry.start_subentry_reconfigure_flow(hass, "demand-grid")
    assert added["type"] is changed["type"] is FlowResultType.ABORT
    assert added["reason"] == changed["reason"] == "entry_not_loaded"


@pytest.fixture
async def metered(
    hass: HomeAssistant, broker: Mosquitto, flm03e_messages: list[Message]
) -> MockConfigEntry:
    """Return a loaded FLM03E with a demand meter on one phase and a lost sensor."""
    await publish(broker, flm03e_messages)
    meter = demand_meter("Grid", "grid", [IMPORTS[0], "0123456789abcdef" * 2])
    entry = fluksometer(FLM03E_ID, broker, meter)
    await load(hass, entry)
    return entry


async def test_a_renamed_demand_meter_keeps_its_slug(
    hass: HomeAssistant, metered: MockConfigEntry
) -> None:
    form = await metered.start_subentry_reconfigure_flow(hass, "demand-grid")
    assert form["step_id"] == "reconfigure"
    result = await submit(hass, form, name="House", import_sensors=IMPORTS)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    (meter,) = demand_meters(metered)
    assert meter.title == "House"
    assert meter.data == {**DEFAULTS, "name": "House", CONF_SLUG: "grid"}


async def test_changing_begins_with_what_is_stored(
    hass: HomeAssistant, metered: MockConfigEntry
) -> None:
    stored = demand_meters(metered)[0].data
    form = await metered.start_subentry_reconfigure_flow(hass, "demand-grid")
    shown = suggestions(form)
    assert {**shown, CONF_SLUG: "grid"} == stored
    assert sensor_labels(form)["0123456789abcdef" * 2] == "012345"
    await submit(hass, form, **shown)
    assert demand_meters(metered)[0].data == stored


async def test_a_demand_meter_cannot_lose_all_its_sensors(
    hass: HomeAssistant, metered: MockConfigEntry
) -> None:
    form = await metered.start_subentry_reconfigure_flow(hass, "demand-grid")
    result = await submit(hass, form, name="Empty", import_sensors=[])
    assert result["step_id"] == "reconfigure"
    assert result["errors"] == {"base": "no_sensors"}
    assert demand_meters(metered)[0].title == "Grid"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Grid", "grid"),
        ("  Été à l'Ouest ", "ete_a_l_ouest"),
        ("a__b", "a_b"),
        ("Tarief -- nacht", "tarief_nacht"),
        ("!?", "grid"),
        ("", "grid"),
        ("x" * 200, "x" * 64),
    ],
)
async def test_a_slug_follows_the_name(
    hass: HomeAssistant, name: str, slug: str
) -> None:
    assert unique_slug(hass, name) == slug


async def test_a_slug_is_taken_once_among_all_devices(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    fluksometer(FLM03E_ID, broker, demand_meter("Grid", "grid")).add_to_hass(hass)
    fluksometer(FLM02B_ID, broker, demand_meter("Grid", "grid_2")).add_to_hass(hass)
    assert unique_slug(hass, "Grid") == "grid_3"
    assert unique_slug(hass, "Grid 2") == "grid_2_2"
    assert unique_slug(hass, "House") == "house"


@given(name=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_name_makes_a_slug_for_statistics(
    hass: HomeAssistant, name: str
) -> None:
    slug = unique_slug(hass, name)
    assert "__" not in slug
    assert len(slug) <= 64
    assert valid_entity_id(f"flukso.{slug}")
