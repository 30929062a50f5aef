"""Choose how often values are written."""

from typing import Any, Final

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)

from .const import (
    CONF_COUNTER_INTERVAL,
    CONF_GAUGE_INTERVAL,
    CONF_POLL_INTERVAL,
    DEFAULT_COUNTER_INTERVAL,
    DEFAULT_GAUGE_INTERVAL,
    DEFAULT_POLL_INTERVAL,
)
from .runtime import is_rest_entry


def _seconds(lowest: int, highest: int) -> vol.All[int]:
    """Return a field for a number of whole seconds."""
    config = NumberSelectorConfig(
        min=lowest,
        max=highest,
        step=1,
        mode=NumberSelectorMode.BOX,
        unit_of_measurement=UnitOfTime.SECONDS,
    )
    return vol.All(NumberSelector(config), vol.Coerce(int))


_COUNTERS: Final = {
    vol.Required(CONF_COUNTER_INTERVAL, default=DEFAULT_COUNTER_INTERVAL): _seconds(
        10, 3600
    )
}
OPTIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_GAUGE_INTERVAL, default=DEFAULT_GAUGE_INTERVAL): _seconds(
            1, 300
        ),
        **_COUNTERS,
    }
)
# The device keeps a minute: what is asked for no more often would be lost.
REST_OPTIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_POLL_INTERVAL, default=DEFAULT_POLL_INTERVAL): _seconds(
            1, 60
        ),
        **_COUNTERS,
    }
)


class FluksoOptionsFlow(OptionsFlow):
    """Change the options of an entry, which then reloads itself."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for both intervals of a device."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        polled = is_rest_entry(self.config_entry)
        schema = REST_OPTIONS_SCHEMA if polled else OPTIONS_SCHEMA
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                schema, self.config_entry.options
            ),
        )
