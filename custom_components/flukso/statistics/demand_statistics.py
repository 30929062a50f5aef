"""Write what a demand meter knows to the long-term statistics."""

from collections.abc import Iterable
from datetime import tzinfo

from homeassistant.core import HomeAssistant, callback

from ..core.demand.peaks.ledger import Ledger
from ..core.windows import Window
from .demand import async_clear, async_import_demand


class DemandStatistics:
    """The statistics of one demand meter."""

    def __init__(self, hass: HomeAssistant, slug: str, name: str, zone: tzinfo) -> None:
        """Write by a slug, under a name, with the months of a zone."""
        self._hass = hass
        self._slug = slug
        self._name = name
        self._zone = zone

    @callback
    def write(
        self, windows: Iterable[Window], months: Iterable[str], ledger: Ledger
    ) -> None:
        """Write the hours of windows, and the peaks of months (YYYY-MM)."""
        peaks = {
            month: peak.demand
            for month in sorted(months)
            if (peak := ledger.peak(month)) is not None
        }
        async_import_demand(
            self._hass,
            self._slug,
            name=self._name,
            windows=windows,
            peaks=peaks,
            zone=self._zone,
        )

    @callback
    def clear(self) -> None:
        """Forget what was written."""
        async_clear(self._hass, self._slug)
