"""Choose how often values are written, and keep what opens the cloud."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfTime
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from ..const import (
    CONF_CLOCK,
    CONF_CLOUD_TOKEN,
    CONF_COUNTER_INTERVAL,
    CONF_GAUGE_INTERVAL,
    CONF_POLL_INTERVAL,
    CONF_REMOVE_CLOUD_TOKEN,
    DEFAULT_COUNTER_INTERVAL,
    DEFAULT_GAUGE_INTERVAL,
    DEFAULT_POLL_INTERVAL,
)
from ..core.clock import ClockChoice
from ..core.fluksometer.cloud import is_token


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


FIELDS: Final[Mapping[str, tuple[int, Any]]] = {
    CONF_GAUGE_INTERVAL: (DEFAULT_GAUGE_INTERVAL, _seconds(1, 300)),
    # The device keeps a minute: what is asked for no more often would be lost.
    CONF_POLL_INTERVAL: (DEFAULT_POLL_INTERVAL, _seconds(1, 60)),
    CONF_COUNTER_INTERVAL: (DEFAULT_COUNTER_INTERVAL, _seconds(10, 3600)),
}
CLOCK_FIELDS: Final[dict[vol.Marker, Any]] = {
    vol.Optional(
        CONF_CLOCK, description={"suggested_value": ClockChoice.AUTOMATIC.value}
    ): SelectSelector(
        SelectSelectorConfig(
            options=[choice.value for choice in ClockChoice],
            translation_key=CONF_CLOCK,
        )
    )
}
# What is stored is never shown: an empty field keeps it, and only this removes it.
TOKEN_FIELDS: Final[dict[vol.Marker, Any]] = {
    vol.Optional(CONF_CLOUD_TOKEN): vol.All(
        cv.ensure_list,
        TextSelector(
            TextSelectorConfig(
                type=TextSelectorType.PASSWORD, autocomplete="off", multiple=True
            )
        ),
    )
}
REMOVE_FIELDS: Final[dict[vol.Marker, Any]] = {
    vol.Optional(CONF_REMOVE_CLOUD_TOKEN, default=False): BooleanSelector()
}


class FluksoOptionsFlow(OptionsFlow):
    """Change the options of an entry, which then reloads itself."""

    def __init__(self, fields: Iterable[str]) -> None:
        """Ask for some options, by their names."""
        self._fields = tuple(fields)

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for both intervals of a device, and for what opens its cloud."""
        errors: dict[str, str] = {}
        options = self.config_entry.options
        if user_input is not None:
            chosen = _with_tokens(user_input, options)
            if all(map(is_token, chosen.get(CONF_CLOUD_TOKEN, ()))):
                return self.async_create_entry(data=chosen)
            errors[CONF_CLOUD_TOKEN] = "invalid_token"
        shown = options if user_input is None else user_input
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                self._schema(),
                {key: item for key, item in shown.items() if key != CONF_CLOUD_TOKEN},
            ),
            errors=errors,
        )

    def _schema(self) -> vol.Schema:
        """Return the fields of the kind of device; what is stored can be removed."""
        schema = options_schema(self._fields)
        if CONF_CLOUD_TOKEN in self.config_entry.options:
            return schema.extend(REMOVE_FIELDS)
        return schema


def options_schema(fields: Iterable[str]) -> vol.Schema:
    """Return the form of some options, by their names."""
    known: dict[vol.Marker, Any] = {}
    for name in fields:
        if name in FIELDS:
            default, field = FIELDS[name]
            known[vol.Required(name, default=default)] = field
        elif name == CONF_CLOCK:
            known.update(CLOCK_FIELDS)
        else:
            known.update(TOKEN_FIELDS)
    return vol.Schema(known)


def _with_tokens(
    user_input: Mapping[str, Any], stored: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the options as they are stored: with tokens typed, else with those kept."""
    chosen = dict(user_input)
    typed = [token.strip() for token in chosen.pop(CONF_CLOUD_TOKEN, ())]
    removed = chosen.pop(CONF_REMOVE_CLOUD_TOKEN, False)
    kept = () if removed else stored.get(CONF_CLOUD_TOKEN, ())
    if tokens := [token for token in typed if token] or [*kept]:
        chosen[CONF_CLOUD_TOKEN] = tokens
    return chosen
