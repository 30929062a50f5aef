"""Names and numbers of a simulated device, derived from model and seed."""

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device is."""

    model: str
    seed: int

    def hex_id(self, *parts: object) -> str:
        """Return 32 lower-case hex digits for one thing of this device."""
        text = "/".join(map(str, (self.model, self.seed, *parts)))
        return sha256(text.encode()).hexdigest()[:32]

    @property
    def device_id(self) -> str:
        """Return the device id."""
        return self.hex_id("device")

    @property
    def hostname(self) -> str:
        """Return the host name: `flukso-` and the first six digits of the id."""
        return f"flukso-{self.device_id[:6]}"

    @property
    def serial(self) -> str:
        """Return a serial of batch 99, which was never made."""
        return f"FL99{int(self.hex_id('serial'), 16) % 1_000_000:06d}"

    def sensor_id(self, slot: int) -> str:
        """Return the id of a sensor slot."""
        return self.hex_id("sensor", slot)

    def number(self, *parts: object, below: int) -> int:
        """Return a whole number in [0, below) for one thing of this device."""
        return int(self.hex_id(*parts), 16) % below
