"""Where the windows of a demand meter come from."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from homeassistant.core import CALLBACK_TYPE

from ..core.demand.history.means import Means
from ..core.demand.peaks.seeds import Seed
from ..core.demand.powers.profile import PowerProfile
from ..core.energy.series import Series
from ..core.running import Running
from ..core.windows import Window
from ..helpers.listeners import Listeners


class OnClosed(Protocol):
    """What is given that which a source has measured."""

    def __call__(self, windows: Sequence[Window], peaks: Sequence[Seed] = ()) -> None:
        """Take windows that closed, then month peaks that a meter keeps itself."""


class Recorded(Protocol):
    """What makes windows of what a device has recorded."""

    @property
    def sensors(self) -> frozenset[str]:
        """The sensors without which the import is not known."""

    def recount(self, recorded: Mapping[str, Series]) -> list[Window]:
        """Return the windows that recorded counters (Wh) make; for any thread."""

    def of_means(self, means: Mapping[str, Means], length: int) -> list[Window]:
        """Return the windows that means of power make: W by the end of `length` s."""


class WindowSource(Protocol):
    """What measures a grid connection; times in unix s on the device's clock."""

    @property
    def registry_id(self) -> str | None:
        """The device that measures, in Home Assistant's registry, if there is one."""

    @property
    def on_tick(self) -> Listeners[[]]:
        """When what is shown is to be refreshed."""

    @property
    def alive(self) -> bool:
        """Whether everything that is needed speaks."""

    @property
    def now(self) -> int:
        """The time on the device's clock, also while it is silent."""

    @property
    def diagnostics(self) -> dict[str, Any]:
        """What may be shown of how it measures."""

    @property
    def recorded(self) -> Recorded | None:
        """What makes windows of the device's own records, None where it keeps none."""

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a state, if it fits."""

    def state(self) -> dict[str, Any]:
        """Return what a restart needs to continue."""

    def running(self) -> Running | None:
        """Return the running window, None when it is not known."""

    def profile(self, start: int, energy: float | None = None) -> PowerProfile | None:
        """Return the powers of the quarter from `start`, as far as they are still known.

        `energy` in kWh of one that was wholly seen: the powers are made to fit it.
        """

    def start(self, on_closed: OnClosed) -> CALLBACK_TYPE:
        """Hand over windows as they close, and month peaks that a meter keeps itself.

        Returns what stops that.
        """
