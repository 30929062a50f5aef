"""The grid company's meters of a household: what their P1 port would tell."""

from .energy import GAS, Rate, Register
from .household import Household, Moment, fixed_point

_HOUR = 3600


def net_power(moment: Moment) -> int:
    """Return the sum of the phases in steps of 1/2048 W."""
    return sum(fixed_point(phase.power) for phase in moment.phases)


NET_ENERGY = Rate(net_power)


class GridMeter:
    """An electricity meter that sums its phases, and a gas meter read every hour."""

    def __init__(self, household: Household) -> None:
        """Install the meters, with some energy on them already."""
        self._household = household
        self._imported = Register(NET_ENERGY.steps, 12_345_678_000)
        self._exported = Register(NET_ENERGY.steps, 2_345_678_000)
        self._gas = Register(GAS.steps, 3_456_789_000)
        self._power = 0
        self._hourly_gas = self._gas.milli

    def live(self, second: int) -> None:
        """Measure one second."""
        moment = self._household.at(second)
        self._power = net_power(moment)
        (self._imported if self._power > 0 else self._exported).add(abs(self._power))
        self._gas.add(GAS.of(moment))
        if (second + 1) % _HOUR == 0:
            self._hourly_gas = self._gas.milli

    @property
    def power(self) -> int:
        """Return the power of the last second in W, negative while exporting."""
        watts = abs(self._power) >> 11
        return watts if self._power > 0 else -watts

    @property
    def imported(self) -> int:
        """Return the imported energy in Wh."""
        return self._imported.milli // 1000

    @property
    def exported(self) -> int:
        """Return the exported energy in Wh."""
        return self._exported.milli // 1000

    @property
    def gas(self) -> int:
        """Return the volume at the last full hour in L."""
        return self._hourly_gas // 1000
