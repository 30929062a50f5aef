"""A simulated digital meter: seconds in, telegrams out."""

from collections.abc import Mapping
from typing import Unpack

from .faults import Faults
from .household import Household
from .identity import Identity
from .p1_cipher import encrypted
from .p1_demand import MonthPeak
from .p1_family import Family
from .p1_faults import MESSAGES, P1_FAULTS, damaged, lower_case
from .p1_lines import lines
from .p1_metrology import Metrology
from .p1_page import Page
from .p1_quirks import Shown, ramp_line, shown
from .p1_settings import MeterOptions, MeterSettings
from .p1_text import telegram


class Meter:
    """A digital meter.

    A telegram of a second tells of what was measured until that second.
    """

    def __init__(
        self, settings: MeterSettings, identity: Identity, start: int, home: Household
    ) -> None:
        """Connect the port at `start`; the meter was there before."""
        self.start = start
        self.household = home
        self.faults = Faults(settings.family, P1_FAULTS)
        self._settings = settings
        self._identity = identity
        self._metrology = Metrology(home, settings, identity, start)
        self._lapsed: Shown | None = None
        self._next = start

    @property
    def family(self) -> Family:
        """Return what the meter has in common with others."""
        return self._settings.kind

    @property
    def header(self) -> str:
        """Return the first line of its telegrams."""
        return self.family.header(self._settings.phases)

    @property
    def key(self) -> str | None:
        """Return the key it encrypts with as 32 hex digits, None if it does not."""
        if not self.family.encrypted:
            return None
        return self._settings.key or self._identity.hex_id("key").upper()

    @property
    def windows(self) -> Mapping[int, float]:
        """Return the true import in kWh of each finished quarter by its start.

        Starts are Unix times by the meter's own clock.
        """
        return self._metrology.demand.windows

    @property
    def peaks(self) -> tuple[MonthPeak, ...]:
        """Return the month peaks by the meter's own clock, the running month last."""
        demand = self._metrology.demand
        return (*demand.months, demand.running)

    def telegram(self, second: int) -> bytes | None:
        """Return what the line carries at a second, None for nothing.

        Seconds increase; those left out are measured but not told. The first telegram
        comes at the start.
        """
        if second < self._next:
            raise ValueError(f"second {second} is over")
        self._next = second + 1
        changes = self.faults.turn(second)
        self._metrology.measure(second)
        for change in changes:
            if change.name == "lapsed":
                self._lapsed = self._shown(second) if change.begins else None
        if (second - self.start) % self.family.pace:
            return None
        return damaged(
            self._frame(second),
            self._faulty,
            self._identity.seed,
            second,
            self._settings.loss,
        )

    def _faulty(self, name: str) -> bool:
        return self.faults.since(name) is not None

    def _frame(self, second: int) -> bytes:
        page = Page(
            self.family,
            self.header,
            self._identity,
            self._metrology.reading(second),
            self._demand(second),
            "; ".join(text for name, text in MESSAGES.items() if self._faulty(name)),
        )
        plain = telegram(lines(page), checksum=self.family.checksum)
        if self._faulty("lower-case"):
            plain = lower_case(plain)
        if self.key is None:
            return plain
        title = bytes.fromhex(self._identity.hex_id("title")[:16])
        return encrypted(plain, bytes.fromhex(self.key), title, second)

    def _shown(self, second: int) -> Shown:
        clock = second + self._settings.clock_offset
        return shown(self._metrology.demand, clock, self._settings.quirks)

    def _demand(self, second: int) -> tuple[str, ...]:
        if not self.family.demand or self._faulty("port-closed"):
            return ()
        clock = second + self._settings.clock_offset
        ramp = ramp_line(self._metrology.demand, clock, self._settings.quirks)
        peak, history = self._lapsed or self._shown(second)
        return (ramp, history) if peak is None else (ramp, peak, history)


def make_meter(
    family: str,
    *,
    seed: int = 1,
    start: int,
    household: Household | None = None,
    **options: Unpack[MeterOptions],
) -> Meter:
    """Make a digital meter whose port is connected at `start` (Unix seconds).

    Equal arguments make equal meters. Without a household, the seed's own is used.
    """
    settings = MeterSettings(family, **options)
    home = Household(seed) if household is None else household
    return Meter(settings, Identity(settings.family, seed), start, home)
