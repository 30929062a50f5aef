"""What the sources of a demand meter have in common, whatever device measures."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from homeassistant.core import CALLBACK_TYPE, callback

from ..core.demand.peaks.seeds import Seed
from ..core.demand.powers.profile import PowerProfile
from ..core.running import Running
from ..core.windows import Window
from ..demand.source import OnClosed, Recorded
from ..helpers.listeners import Listeners
from .clock import DeviceClock


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


class HubSource[HubT: Hub](ABC):
    """Windows that come from the hub of a device; a WindowSource but for its meter."""

    def __init__(self, hub: HubT, clock: DeviceClock) -> None:
        """Measure by what a hub hands out, in the time of a clock."""
        self.on_tick = hub.on_tick
        self._hub = hub
        self._clock = clock
        self._on_closed: OnClosed | None = None

    @property
    def registry_id(self) -> str | None:
        """The device that measures."""
        return self._hub.registry_id

    @property
    def now(self) -> int:
        """The time on the device's clock."""
        return self._clock.now

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

    def __init__(self, hub: HubT, meter: MeterT) -> None:
        """Measure with a meter that begins anew, on the host's clock until stamps come."""
        super().__init__(hub, DeviceClock())
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
