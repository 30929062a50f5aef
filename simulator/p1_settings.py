"""What can be chosen about a simulated digital meter."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
import re
from typing import TypedDict

from .p1_family import FAMILIES, Family
from .p1_quirks import QUIRKS

REGISTERS = ("1.8.1", "1.8.2", "2.8.1", "2.8.2")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_KEY = re.compile(r"[0-9A-F]{32}")
_MOST_MONTHS = 13


class MeterOptions(TypedDict, total=False):
    """Keyword arguments of `make_meter`; `MeterSettings` tells what they mean."""

    phases: int
    gas: bool
    water: bool
    clock_offset: int
    quirks: Collection[str]
    months: int
    peaks: Mapping[str, int]
    counters: Mapping[str, int]
    loss: float
    key: str | None


@dataclass(frozen=True, slots=True)
class MeterSettings:
    """The options of a meter.

    phases: 3, or 1 for a meter whose one phase carries the whole household.
    gas, water: whether such a meter is read too, where the family tells of any.
    clock_offset: seconds by which the meter's clock is ahead.
    quirks: names out of `QUIRKS`.
    months: how many months the meter remembers from before its start, 0 to 13.
    peaks: month peaks in W by month ("2026-01") in place of the seed's own; for the
        month of the start it is the peak until then.
    counters: first Wh of "1.8.1", "1.8.2", "2.8.1" and "2.8.2". Families without
        tariffs show the sum of two.
    loss: share of the telegrams that the fault "loss" swallows.
    key: the 32 hex digits that a Luxembourg meter encrypts with.
    """

    family: str
    phases: int = 3
    gas: bool = True
    water: bool = False
    clock_offset: int = 0
    quirks: Collection[str] = ()
    months: int = _MOST_MONTHS
    peaks: Mapping[str, int] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
    loss: float = 0.3
    key: str | None = None

    @property
    def kind(self) -> Family:
        """Return what the family has in common."""
        return FAMILIES[self.family]

    def __post_init__(self) -> None:
        """Refuse what no meter can do."""
        if self.family not in FAMILIES:
            raise ValueError(
                f"unknown family {self.family}, known: {', '.join(FAMILIES)}"
            )
        self._check_quirks()
        self._check_values()
        if self.water and self.kind.country != "be":
            raise ValueError(f"{self.family} has no water meter")
        if self.key is not None and not self.kind.encrypted:
            raise ValueError(f"{self.family} does not encrypt")

    def _check_quirks(self) -> None:
        if unknown := set(self.quirks) - set(QUIRKS):
            raise ValueError(f"unknown quirks {sorted(unknown)}, known: {list(QUIRKS)}")
        if self.quirks and not self.kind.demand:
            raise ValueError(f"{self.family} has no demand registers to have quirks")

    def _check_values(self) -> None:
        if self.phases not in (1, 3):
            raise ValueError("phases must be 1 or 3")
        if not 0 <= self.months <= _MOST_MONTHS:
            raise ValueError(f"months must be 0 to {_MOST_MONTHS}")
        if not 0 <= self.loss <= 1:
            raise ValueError("loss is a share, 0 to 1")
        if bad := [month for month in self.peaks if not _MONTH.fullmatch(month)]:
            raise ValueError(f"not a month: {', '.join(bad)}")
        if unknown := set(self.counters) - set(REGISTERS):
            raise ValueError(f"unknown registers {sorted(unknown)}")
        if self.key is not None and not _KEY.fullmatch(self.key):
            raise ValueError("key must be 32 upper-case hex digits")
