"""Publish a simulated meter as Flukso's P1 dongle does."""

from contextlib import suppress

from .messages import Message
from .p1_family import Line
from .p1_meter import Meter
from .p1_pace import paced
from .publisher import Publisher


class Dongle:
    """Reads lines from a meter's port and makes messages of them.

    It takes a telegram to go from a line that begins with a slash to one that begins
    with an exclamation mark, and checks nothing.
    """

    def __init__(self, meter: Meter, *, retain: bool = False) -> None:
        """Refuse meters that the dongle finds no serial or no lines of."""
        serial = meter.header.partition("\\")[2]
        if not serial or meter.family.encrypted or meter.family.line != Line():
            raise ValueError(f"the MQTT dongle cannot read {meter.family.name}")
        self.topic = f"/p1/{serial}/telegram"
        self._retain = retain
        self._rest = b""
        self._telegram: list[bytes] = []

    def read(self, data: bytes) -> list[Message]:
        """Return the messages that some more bytes complete."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        sent: list[Message] = []
        for line in whole:
            if self._telegram or line.startswith(b"/"):
                self._telegram.append(line + b"\n")
            if self._telegram and line.startswith(b"!"):
                payload = b"".join(self._telegram)
                sent.append(Message(self.topic, payload, self._retain))
                self._telegram.clear()
        return sent


async def run(
    meter: Meter,
    host: str,
    port: int,
    *,
    username: str | None = None,
    password: str | None = None,
    speed: float = 1.0,
    duration: int | None = None,
    retain: bool = False,
) -> None:
    """Publish until cancelled, or for `duration` seconds of the meter's time.

    The dongle retains nothing; `retain` is for a broker that is told to. A connection
    that cannot be made raises OSError; one that is lost is made again every second.
    """
    dongle = Dongle(meter, retain=retain)
    async with Publisher(host, port, username, password) as publisher:
        last: list[Message] = []
        async for second in paced(meter.start, speed, duration):
            if not publisher.connected:
                with suppress(OSError):
                    await publisher.connect()
            for message in last:
                publisher.publish(message)
            last = dongle.read(meter.telegram(second) or b"")
            await publisher.flush()
            publisher.keep_alive()
        if publisher.connected:
            await publisher.confirm(last)
