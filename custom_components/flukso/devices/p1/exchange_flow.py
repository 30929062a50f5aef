"""Ask whether the meter that answers took the place of the one that is known."""

import probatio as vol

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult

from .exchange import answering, async_exchange, owner_of
from .titles import title_of


class ExchangeFlow(RepairsFlow):
    """Ask whether the meter that answers took the place of the one that is known."""

    def __init__(self, entry_id: str, meter: str) -> None:
        """Be about an entry, and the meter that answers, by the hash of its id."""
        self._entry_id = entry_id
        self._meter = meter

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin with the question."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask, and take the other meter over."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if (known := owner_of(self.hass, self._meter)) is not None:
            return self.async_abort(
                reason="already_configured",
                description_placeholders={"other": known.title},
            )
        other = None if entry is None else answering(entry)
        if entry is None or other is None or other.meter != self._meter:
            return self.async_abort(reason="no_telegram")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders={
                    "name": entry.title,
                    "other": title_of(other.meter),
                },
            )
        if not await async_exchange(self.hass, entry, other):
            return self.async_abort(reason="no_telegram")
        return self.async_create_entry(data={})
