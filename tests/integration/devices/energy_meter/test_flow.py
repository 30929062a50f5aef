"""Adding and changing a meter that other integrations read."""

from typing import Any

import pytest

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.diagnostics import async_get_config_entry_diagnostics
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .home import (
    COUNTER,
    DEMAND,
    EXPORT,
    IMPORT,
    IMPORT_LOW,
    MONTH_PEAK,
    NOON,
    POWER,
    MeasuredHome,
)


@pytest.mark.smoke
async def test_a_meter_gets_a_demand_meter_of_its_name_at_once(
    home: MeasuredHome, hass: HomeAssistant
) -> None:
    home.register(IMPORT, IMPORT_LOW, EXPORT, POWER, DEMAND, MONTH_PEAK)
    home.shown = dict.fromkeys(
        (IMPORT, IMPORT_LOW, EXPORT, POWER, DEMAND, MONTH_PEAK), lambda: 1
    )
    entry = await home.add(
        import_entities=[IMPORT, IMPORT_LOW],
        export_entities=[EXPORT],
        power_entity=POWER,
        demand_entity=DEMAND,
        month_peak_entity=MONTH_PEAK,
    )

    registry = er.async_get(hass)

    def stored(entity_id: str) -> str:
        registered = registry.async_get(entity_id)
        assert registered is not None
        return registered.id

    assert entry.title == "House"
    assert entry.data == {
        "kind": "energy_meter",
        "import_entities": [stored(IMPORT), stored(IMPORT_LOW)],
        "export_entities": [stored(EXPORT)],
        "power_entity": stored(POWER),
        "demand_entity": stored(DEMAND),
        "month_peak_entity": stored(MONTH_PEAK),
        "phases": False,
        "net": False,
        "demand_offered": True,
    }
    (subentry,) = entry.subentries.values()
    assert subentry.title == "House"
    assert subentry.data["slug"] == "house"
    assert "import_sensors" not in subentry.data
    source = registry.async_get(IMPORT)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, subentry.subentry_id), entry.entry_id
    )
    assert source is not None
    assert device is not None
    assert device.via_device_id == source.device_id


async def test_entities_without_a_device_will_do(
    home: MeasuredHome, hass: HomeAssistant
) -> None:
    entry = await home.add()

    assert entry.data["import_entities"] == [IMPORT]
    (subentry_id,) = entry.subentries
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, subentry_id), entry.entry_id
    )
    assert device is not None
    assert device.via_device_id is None


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"import_entities": []}, "no_entities"),
        ({"import_entities": [POWER]}, "not_energy"),
        ({"import_entities": [IMPORT, "sensor.volts"]}, "not_energy"),
        ({"import_entities": ["sensor.nothing"]}, "not_energy"),
        ({"import_entities": ["sensor.battery"]}, "not_energy"),
        ({"import_entities": ["sensor.last_hour"]}, "not_energy"),
        ({"import_entities": ["sensor.silent"]}, "entity_unavailable"),
        ({"import_entities": ["sensor.no_such"]}, "entity_unavailable"),
        ({"export_entities": [POWER]}, "not_energy"),
        ({"export_entities": [IMPORT]}, "same_entity"),
        ({"power_entity": EXPORT}, "not_power"),
        ({"demand_entity": EXPORT}, "not_power"),
        ({"month_peak_entity": "sensor.volts"}, "not_power"),
        ({"month_peak_entity": "sensor.silent"}, "entity_unavailable"),
    ],
)
async def test_a_wrong_source_is_refused_and_can_be_mended(
    home: MeasuredHome, hass: HomeAssistant, fields: dict[str, Any], error: str
) -> None:
    home.poll()
    home.show(POWER, 100)
    home.show(EXPORT, 10)
    hass.states.async_set("sensor.volts", "230", {"unit_of_measurement": "V"})
    hass.states.async_set("sensor.nothing", "5")
    hass.states.async_set("sensor.silent", "unavailable")
    hass.states.async_set(
        "sensor.battery", "5", COUNTER | {"device_class": "energy_storage"}
    )
    hass.states.async_set(
        "sensor.last_hour", "5", COUNTER | {"state_class": "measurement"}
    )

    form = await home.form(**{"import_entities": [IMPORT]} | fields)
    assert form["type"] == "form"
    assert form["errors"] == {"base": error}
    done = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"name": " ", "import_entities": [IMPORT]}
    )
    assert done["type"] == "create_entry"
    assert done["title"] == "Grid"


async def test_the_sensors_of_this_integration_have_demand_meters_of_their_own(
    home: MeasuredHome,
) -> None:
    home.register(IMPORT, platform=DOMAIN)
    home.poll()
    form = await home.form(import_entities=[IMPORT])
    assert form["errors"] == {"base": "own_entity"}


async def test_what_the_registry_knows_of_an_unavailable_entity_will_do(
    home: MeasuredHome,
) -> None:
    home.register(IMPORT, POWER)
    await home.lose(IMPORT, POWER)
    del home.shown[IMPORT]
    entry = await home.add(power_entity=POWER)
    assert entry.state.value == "loaded"


async def test_the_same_meter_is_not_added_twice(home: MeasuredHome) -> None:
    home.register(IMPORT, IMPORT_LOW)
    home.shown[IMPORT_LOW] = lambda: 5
    await home.add(import_entities=[IMPORT, IMPORT_LOW])
    again = await home.form(name="Again", import_entities=[IMPORT_LOW, IMPORT])
    assert again["type"] == "abort"
    assert again["reason"] == "already_configured"


async def change(hass: HomeAssistant, entry: ConfigEntry) -> ConfigFlowResult:
    """Return the form that changes an entry."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )


async def reconfigure(home: MeasuredHome, **fields: Any) -> ConfigFlowResult:
    """Change the entry by its form; what is not given is left as suggested."""
    form = await change(home.hass, home.entry)
    assert form["step_id"] == "reconfigure"
    schema = form["data_schema"]
    assert schema is not None
    suggested = {
        str(marker): marker.description["suggested_value"]
        for marker in schema.schema
        if marker.description and "suggested_value" in marker.description
    }
    done = await home.hass.config_entries.flow.async_configure(
        form["flow_id"], suggested | fields
    )
    await home.hass.async_block_till_done()
    return done


@pytest.mark.smoke
async def test_other_entities_can_be_chosen_and_the_history_stays(
    home: MeasuredHome, hass: HomeAssistant
) -> None:
    home.begin(NOON - 310)
    home.load = lambda _second: 3000
    home.register(IMPORT, IMPORT_LOW, EXPORT)
    home.shown[EXPORT] = lambda: home.exported
    home.shown[POWER] = lambda: home.watts
    await home.add(export_entities=[EXPORT], power_entity=POWER)
    await home.run(NOON + 20)
    peak = home.value("month_peak")
    before = home.entry.unique_id
    home.shown[IMPORT_LOW] = lambda: 1.5
    home.poll()

    done = await reconfigure(
        home,
        name="MeasuredHome",
        import_entities=[IMPORT, IMPORT_LOW],
        export_entities=[],
    )
    assert done["reason"] == "reconfigure_successful"
    entry = home.entry
    assert entry.title == "MeasuredHome"
    assert entry.unique_id != before
    assert entry.data["power_entity"] == POWER
    assert entry.data["export_entities"] == []
    assert entry.data["demand_offered"] is True
    assert entry.state.value == "loaded"
    await home.run(NOON + 910)
    assert home.value("month_peak") == pytest.approx(2.933, abs=0.01)
    assert home.value("month_peak") >= peak


async def test_the_form_of_a_change_shows_the_names_of_now(home: MeasuredHome) -> None:
    home.register(IMPORT)
    await home.add()
    er.async_get(home.hass).async_update_entity(IMPORT, new_entity_id="sensor.main")
    form = await change(home.hass, home.entry)
    schema = form["data_schema"]
    assert schema is not None
    shown = {
        str(marker): marker.description["suggested_value"]
        for marker in schema.schema
        if marker.description
    }
    assert shown["name"] == "House"
    assert shown["import_entities"] == ["sensor.main"]


async def test_a_change_to_the_entities_of_another_meter_is_refused(
    home: MeasuredHome, hass: HomeAssistant
) -> None:
    home.shown[IMPORT_LOW] = lambda: 5
    await home.add()
    other = await home.form(import_entities=[IMPORT_LOW])
    assert other["type"] == "create_entry"
    first = hass.config_entries.async_entries(DOMAIN)[0]
    form = await change(hass, first)
    done = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"import_entities": [IMPORT_LOW]}
    )
    assert done["reason"] == "already_configured"
    assert first.data["import_entities"] == [IMPORT]


async def test_an_entry_that_is_not_loaded_can_be_changed(
    home: MeasuredHome, hass: HomeAssistant
) -> None:
    await home.add()
    home.shown[IMPORT_LOW] = lambda: 5
    home.poll()
    assert await hass.config_entries.async_unload(home.entry.entry_id)
    home.entry.update_listeners.clear()
    done = await reconfigure(home, import_entities=[IMPORT_LOW])
    assert done["reason"] == "reconfigure_successful"
    assert home.entry.data["import_entities"] == [IMPORT_LOW]
    assert home.entry.title == "House"


async def test_what_is_left_out_of_a_change_is_no_longer_used(
    home: MeasuredHome,
) -> None:
    home.shown[POWER] = lambda: 100
    await home.add(power_entity=POWER)
    form = await change(home.hass, home.entry)
    done = await home.hass.config_entries.flow.async_configure(
        form["flow_id"], {"import_entities": [IMPORT]}
    )
    await home.hass.async_block_till_done()
    assert done["reason"] == "reconfigure_successful"
    assert home.entry.title == "House"
    assert "power_entity" not in home.entry.data


async def test_the_demand_meter_asks_for_no_sensors(home: MeasuredHome) -> None:
    await home.add()
    form = await home.hass.config_entries.subentries.async_init(
        (home.entry.entry_id, "demand"), context={"source": "user"}
    )
    schema = form["data_schema"]
    assert schema is not None
    asked = {str(field) for field in schema.schema}
    assert "floor" in asked
    assert not asked & {"import_sensors", "export_sensors"}


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        ({"price_steps": "5: 1; 2: 3"}, "invalid_steps"),
        ({"direction": "export", "price_steps": "5: 1; 2: 3"}, "no_export"),
    ],
)
async def test_rules_that_cannot_be_are_refused(
    home: MeasuredHome, rules: dict[str, str], error: str
) -> None:
    await home.add()
    flows = home.hass.config_entries.subentries
    form = await flows.async_init(
        (home.entry.entry_id, "demand"), context={"source": "user"}
    )
    again = await flows.async_configure(
        form["flow_id"], {"profile": "custom", "rules": rules}
    )
    assert again["errors"] == {"base": error}


async def test_there_is_no_pace_to_choose(home: MeasuredHome) -> None:
    await home.add()
    assert home.entry.supports_options is False


async def test_diagnostics_name_no_entities(home: MeasuredHome) -> None:
    home.shown |= {EXPORT: lambda: home.exported, POWER: lambda: home.watts}
    home.load = lambda _second: 3000
    await home.add(export_entities=[EXPORT], power_entity=POWER)
    await home.run(NOON + 30)

    told = await async_get_config_entry_diagnostics(home.hass, home.entry)
    assert told["kind"] == "energy_meter"
    assert told["units"] == ["kWh", "kWh", "W"]
    assert told["ages"] == [0, 0, 0]
    assert told["imports"] == told["exports"] == 1
    assert told["alive"] is True
    assert told["demand"][0]["paces"] == [10.0]
    for secret in ("sensor.", "House", "meter_import"):
        assert secret not in str(told)
