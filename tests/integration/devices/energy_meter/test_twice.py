"""A total beside its tariffs is asked about before everything is counted twice."""

from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigFlowResult

from .home import COUNTER, EXPORT, IMPORT, IMPORT_LOW, MeasuredHome

HIGH = EXPORT
# Counters of what is fed in: of all phases, and of each.
FED_IN = "sensor.meter_fed_in"
PHASES = [f"{FED_IN}_l{number}" for number in (1, 2, 3)]


def suggested(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what the fields of a form are filled in with."""
    schema = form["data_schema"]
    assert schema is not None
    return {
        str(marker): marker.description["suggested_value"]
        for marker in schema.schema
        if marker.description and "suggested_value" in marker.description
    }


async def test_a_total_and_its_tariffs_are_asked_about_and_the_total_is_filled_in(
    home: MeasuredHome,
) -> None:
    home.register(IMPORT, IMPORT_LOW, HIGH)
    home.shown = {
        IMPORT: lambda: 12345.678,
        IMPORT_LOW: lambda: 5345.678,
        HIGH: lambda: 7000.0,
    }
    home.poll()
    chosen = [IMPORT, IMPORT_LOW, HIGH]
    form = await home.form(import_entities=chosen)
    assert form["errors"] == {"base": "counted_twice"}
    assert suggested(form)["import_entities"] == [IMPORT]
    done = await home.hass.config_entries.flow.async_configure(
        form["flow_id"], {"name": "House", "import_entities": chosen}
    )
    assert done["type"] == "create_entry"


async def test_tariffs_alone_are_not_asked_about(home: MeasuredHome) -> None:
    home.register(IMPORT_LOW, HIGH)
    home.shown = {IMPORT_LOW: lambda: 5345.678, HIGH: lambda: 7000.0}
    home.poll()
    done = await home.form(import_entities=[IMPORT_LOW, HIGH])
    assert done["type"] == "create_entry"


async def test_a_total_of_export_and_its_phases_are_asked_about_too(
    home: MeasuredHome,
) -> None:
    chosen = [FED_IN, *PHASES]
    home.attributes |= dict.fromkeys(chosen, COUNTER)
    home.register(IMPORT, *chosen)
    phases = zip(PHASES, (2100.125, 1999.25, 1900.5), strict=True)
    home.shown = {
        IMPORT: lambda: 12345.678,
        FED_IN: lambda: 5999.875,
        **{phase: partial(float, value) for phase, value in phases},
    }
    home.poll()
    form = await home.form(import_entities=[IMPORT], export_entities=chosen)
    assert form["errors"] == {"base": "counted_twice"}
    assert suggested(form)["import_entities"] == [IMPORT]
    assert suggested(form)["export_entities"] == [FED_IN]
