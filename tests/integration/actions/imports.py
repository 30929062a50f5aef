"""Files and calls of the action that imports windows."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant

from ...core.demand.history.files.exports import Line, export


async def import_windows(hass: HomeAssistant, **data: Any) -> Any:
    """Return the answer of the action."""
    return await hass.services.async_call(
        "flukso",
        "import_windows",
        {"demand_meter": "grid", **data},
        blocking=True,
        return_response=True,
    )


def save(path: Path, lines: Iterable[Line]) -> str:
    """Write an export of Fluvius; return its path."""
    path.write_text("".join(export(lines)), encoding="utf-8-sig", newline="")
    return str(path)


def quarters(start: int, *demands: float, **fields: str) -> list[Line]:
    """Return lines of so many kW, one quarter after the other."""
    return [
        Line(start + place * 900, f"{demand / 4:.3f}".replace(".", ","), **fields)
        for place, demand in enumerate(demands)
    ]
