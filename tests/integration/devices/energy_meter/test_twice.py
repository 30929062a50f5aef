"""A total beside its tariffs is asked about before everything is counted twice."""

from .home import EXPORT, IMPORT, IMPORT_LOW, MeasuredHome

HIGH = EXPORT


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
    schema = form["data_schema"]
    assert schema is not None
    suggested = {
        str(marker): marker.description["suggested_value"]
        for marker in schema.schema
        if marker.description and "suggested_value" in marker.description
    }
    assert suggested["import_entities"] == [IMPORT]
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
