"""What the sources of a demand meter have in common, whatever device measures."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
import time
from typing import Any, Final, Protocol, override

from homeassistant.core import CALLBACK_TYPE, callback

from ..core.clock_judge import ClockJudge
from ..core.demand.peaks.seeds import Seed
from ..core.demand.powers.profile import PowerProfile
from ..core.placement import Placement
from ..core.running import Running
from ..core.stored import record
from ..core.windows import Window
from ..demand.source import OnClosed, Recorded
from ..helpers.listeners import Listeners

# What a source stores of its clock is under this name, beside what its meter stores.
CLOCK: Final = "clock"


class Hub(Protocol):
    """The connection to a device, as far as every source knows it."""

    on_tick: Listeners[[]]

    @property
    def registry_id(self) -> str | None:
        """The device in Home Assistant's registry, if there is one."""


class Meter(Protocol):
    """What makes windows of measurements; times in unix s on the device's clock."""

    def state(self) -> dict[str, object]:
        """Return what a restart needs to continue."""

    def running(self, now: float) -> Running | None:
        """Return the running window, None when it is not known."""

    def profile(self, start: int, energy: float | None = None) -> PowerProfile | None:
        """Return the powers of the quarter from `start`, made to fit its kWh if told."""


class StampedMeter(Meter, Protocol):
    """What makes windows of what a device stamps itself."""

    def tear(self) -> None:
        """Take that the next measurement is on another clock."""


class HubSource[HubT: Hub](ABC):
    """Windows that come from the hub of a device; a WindowSource but for its meter."""

    def __init__(self, hub: HubT, judge: ClockJudge) -> None:
        """Measure by what a hub hands out, in the time that a judge tells."""
        self.on_tick = hub.on_tick
        self._hub = hub
        self._judge = judge
        self._on_closed: OnClosed | None = None

    @property
    def registry_id(self) -> str | None:
        """The device that measures."""
        return self._hub.registry_id

    @property
    def now(self) -> int:
        """The time on the device's clock."""
        return self._judge.now(time.time())

    @property
    @abstractmethod
    def alive(self) -> bool:
        """Whether everything that is needed speaks."""

    @property
    def recorded(self) -> Recorded | None:
        """The device keeps no records of which windows could be made."""
        return None

    @callback
    def start(self, on_closed: OnClosed) -> CALLBACK_TYPE:
        """Hand over windows as they close, and month peaks that the device keeps itself.

        Returns what stops that.
        """
        self._on_closed = on_closed
        return self._listen()

    @abstractmethod
    def _listen(self) -> CALLBACK_TYPE:
        """Listen to the hub; returns the undo."""

    def _hand_over(self, windows: Sequence[Window], peaks: Sequence[Seed] = ()) -> None:
        """Hand over windows, and month peaks that the device keeps, if there are any."""
        if (windows or peaks) and self._on_closed is not None:
            self._on_closed(windows, peaks)


class MeterSource[HubT: Hub, MeterT: Meter](HubSource[HubT]):
    """Windows that a meter of ours makes of what a device measures."""

    def __init__(
        self, hub: HubT, meter: MeterT, judge: ClockJudge | None = None
    ) -> None:
        """Measure with a meter that begins anew, on the host's clock until stamps come."""
        super().__init__(hub, judge or ClockJudge())
        self._meter = meter

    def state(self) -> dict[str, Any]:
        """Return what a restart needs to continue."""
        return self._meter.state()

    def running(self) -> Running | None:
        """Return the running window."""
        return self._meter.running(self.now)

    def profile(self, start: int, energy: float | None = None) -> PowerProfile | None:
        """Return the powers of a quarter."""
        return self._meter.profile(start, energy)


class StampedSource[HubT: Hub, MeterT: StampedMeter, ItemT](MeterSource[HubT, MeterT]):
    """Windows of the items that a device sends with stamps of its own clock."""

    def __init__(self, hub: HubT, meter: MeterT, judge: ClockJudge) -> None:
        """Measure with a meter that begins anew; the judge says what stamps mean."""
        super().__init__(hub, meter, judge)
        self._placement = Placement[ItemT](judge)

    @override
    def state(self) -> dict[str, Any]:
        """Return what a restart needs to continue; of a clock that is right nothing."""
        state = super().state()
        if not self._placement.plain:
            state[CLOCK] = {
                "judge": self._judge.to_dict(),
                "placement": self._placement.to_dict(),
            }
        return state

    @override
    def running(self) -> Running | None:
        """Return the running window."""
        return self._told(super().running())

    def _told(self, running: Running | None) -> Running | None:
        """Return a running window that says whether it is one of the host's clock."""
        if running is None:
            return None
        placement = self._placement
        by_host = self._judge.by_host or placement.by_host(running.start, running.end)
        return replace(running, by_host=True) if by_host else running

    def _without_clock(self, state: dict[str, Any]) -> dict[str, Any]:
        """Go on with the clock that was stored; return the state of the meter."""
        rest = dict(state)
        with suppress(ValueError):
            stored = record(rest.pop(CLOCK, None), CLOCK_KEYS)
            self._judge.restore(stored["judge"])
            self._placement.restore(stored["placement"])
        return rest

    def _placed(
        self, stamp: int | None, wall: float, item: ItemT, sensor: str = ""
    ) -> Iterator[tuple[int, ItemT]]:
        """Yield what has a time now, with its time, once the meter knows of the clock.

        The judge has noted the stamp.
        """
        for moment, placed, torn in self._placement.place(stamp, wall, item, sensor):
            if torn:
                self._meter.tear()
            yield moment, placed

    def _hand_on(self, windows: Iterable[Window], peaks: Sequence[Seed] = ()) -> None:
        """Hand over windows that say whose clock they are of."""
        self._hand_over([self._placement.told(window) for window in windows], peaks)


CLOCK_KEYS = frozenset({"judge", "placement"})
