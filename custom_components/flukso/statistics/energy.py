"""The hourly rows of energy that the recorder has of an entity."""

from datetime import UTC, datetime
import time
from typing import Literal, NamedTuple, Self

from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    UNIT_CLASS_TO_UNIT_CONVERTER,
    get_metadata,
    statistics_during_period,
)
from homeassistant.core import HomeAssistant

from ..core.energy.gaps import KnownRow
from ..core.energy.hours import EnergyRow
from ..core.windows import HOUR

# So long after its end the recorder has written the row of an hour, s: two rows of one
# hour are an error to it.
COMPILING = 60


class EnergyRows(NamedTuple):
    """What the recorder has of one entity; slow, so for a thread of its own."""

    hass: HomeAssistant
    meta: StatisticMetaData

    @classmethod
    def find(cls, hass: HomeAssistant, entity_id: str) -> Self | None:
        """Return the rows of an entity; None when there is no statistic of sums."""
        return cls.find_all(hass, {entity_id}).get(entity_id)

    @classmethod
    def find_all(cls, hass: HomeAssistant, entity_ids: set[str]) -> dict[str, Self]:
        """Return the rows of those entities of which there is a statistic of sums."""
        known = get_metadata(hass, statistic_ids=entity_ids)
        return {
            entity_id: cls(hass, meta)
            for entity_id, (_, meta) in known.items()
            if meta["has_sum"]
        }

    def between(
        self, start: int, end: int, period: Literal["hour", "5minute"] = "hour"
    ) -> list[KnownRow]:
        """Return the rows that begin in [start, end), unix s, in their own unit."""
        entity_id = self.meta["statistic_id"]
        unit_class, unit = self.meta["unit_class"], self.meta["unit_of_measurement"]
        found = statistics_during_period(
            self.hass,
            datetime.fromtimestamp(start, UTC),
            datetime.fromtimestamp(end, UTC),
            {entity_id},
            period,
            {} if unit_class is None or unit is None else {unit_class: unit},
            {"state", "sum"},
        )
        return [
            KnownRow(int(row["start"]), state, total)
            for row in found.get(entity_id, [])
            if (state := row.get("state")) is not None
            and (total := row.get("sum")) is not None
        ]

    def scale(self, unit: str | None, factor: float) -> float | None:
        """Return what a value is multiplied by to be in the unit of these rows.

        A value times `factor` is in `unit`. None if that cannot be converted.
        """
        own = self.meta["unit_of_measurement"]
        if unit == own:
            return factor
        converter = UNIT_CLASS_TO_UNIT_CONVERTER.get(self.meta["unit_class"])
        if converter is None or not {unit, own} <= converter.VALID_UNITS:
            return None
        return factor * converter.convert(1.0, unit, own)


def over_hours(start: int, end: int) -> range:
    """Return the hours from start to end of which the recorder has written the rows."""
    over = int(time.time()) - COMPILING
    return range(start, min(end, over - over % HOUR), HOUR)


def statistic_data(row: EnergyRow) -> StatisticData:
    """Return a row as it is imported."""
    start = datetime.fromtimestamp(row.start, UTC)
    return StatisticData(start=start, state=row.state, sum=row.sum)
