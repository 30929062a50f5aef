"""The kinds of fields that the form of a demand meter has."""

from collections.abc import Iterable
from typing import Final

from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

MAX_KILOWATTS: Final = 1000
MAX_PRICE: Final = 10_000


def choice(
    translation_key: str, options: Iterable[str], *, multiple: bool = False
) -> SelectSelector:
    """Return a list of translated options, one or several of which are chosen."""
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options),
            multiple=multiple,
            mode=SelectSelectorMode.DROPDOWN,
            translation_key=translation_key,
        )
    )


def number(highest: float, unit: str) -> NumberSelector:
    """Return a number from 0 on, with as many decimals as one likes."""
    return NumberSelector(
        NumberSelectorConfig(
            min=0,
            max=highest,
            step="any",
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=unit,
        )
    )


def whole(lowest: int, highest: int) -> NumberSelector:
    """Return a whole number."""
    return NumberSelector(
        NumberSelectorConfig(min=lowest, max=highest, mode=NumberSelectorMode.BOX)
    )
