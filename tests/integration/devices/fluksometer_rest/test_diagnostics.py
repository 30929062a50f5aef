"""What may be shown to others of an FLM02 that is polled."""

import json

from custom_components.flukso.diagnostics import async_get_config_entry_diagnostics
from homeassistant.helpers.json import json_dumps

from ....brokers import HOST
from .home import NOON, SENSORS, RestHome


async def test_the_condition_is_told_without_address_names_and_ids(
    home: RestHome,
) -> None:
    await home.start()
    await home.run(NOON + 60)
    text = json_dumps(await async_get_config_entry_diagnostics(home.hass, home.entry))
    told = json.loads(text)
    assert told["link"] == {"connected": True, "rounds": 7, "refused": {}}
    assert [reading["kind"] for reading in told["readings"]] == [
        "electricity",
        "electricity",
        "electricity",
        "water",
    ]
    assert told["readings"][0]["sensor"] == home.sensor(1)[:6]
    assert told["demand"][0]["import_sensors"][0] == home.sensor(1)[:6]
    secrets = {home.sensor(slot)[:7] for slot in SENSORS}
    secrets |= {HOST, str(home.port), "main", "garden"}
    assert not [secret for secret in secrets if secret in text]
