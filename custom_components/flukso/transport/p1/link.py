"""A P1 port that is wanted: it is opened again whenever it can be."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ..backoff import Backoff
from ..errors import CannotConnect, LinkError
from ..state import LinkState
from .stream import LineSettings, P1Address, P1Stream, SerialAddress, open_stream

# Nobody wants to wait longer for an adapter that was plugged in again.
RETRY_CAP = 60.0
# Seconds without a byte after which a port is opened anew. Meters send every second or
# every ten seconds.
SILENCE = {LineSettings.FAST: 30.0, LineSettings.SLOW: 60.0}
# Seconds of a serial line on which nothing can be read, after which the other settings
# are tried, longer each time; and for how long those are. Two damaged telegrams of a
# meter that sends every ten seconds are no reason yet.
PATIENCE = 25.0
MOST_PATIENCE = 3600.0
TRIAL = 20.0
OTHER = {
    LineSettings.FAST: LineSettings.SLOW,
    LineSettings.SLOW: LineSettings.FAST,
}


class P1Link:
    """Hold a P1 port open and hand over what the meter sends.

    A serial line on which bytes come and nothing can be read is tried with the other
    settings now and then: another meter may have been put there.

    on_state hears UP when the first bytes of a connection come, before on_bytes gets
    them, and DOWN when a connection that was up ends or falls silent; a telegram that
    was begun is then void. A port that opens but stays silent is no news.
    """

    def __init__(
        self,
        address: P1Address,
        settings: LineSettings,
        *,
        on_bytes: Callable[[bytes], None],
        on_state: Callable[[LinkState], None],
        silence: float | None = None,
    ) -> None:
        """Prepare a link; open() opens the port, run() keeps it open.

        settings: those that the meter had so far. silence: seconds, by default what
        suits the settings.
        """
        self._address = address
        self.settings = self._proven = settings
        self._on_bytes = on_bytes
        self._on_state = on_state
        self._silence = silence
        self._patience = PATIENCE
        # When bytes came first of which nothing could be read yet.
        self._unread_since: float | None = None
        self._backoff = Backoff(cap=RETRY_CAP)
        self._over = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self.connected = False
        self.connects = 0

    async def open(self) -> None:
        """Open the port and begin to read it; raises CannotConnect."""
        if self._over.is_set():
            raise CannotConnect("closed for good")
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._life = life = asyncio.create_task(self._live(opened))
        try:
            await asyncio.wait({life, opened}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await _end(life)
            raise
        # Once the port is open, what becomes of it is run()'s affair.
        if opened.done():
            return
        if life.cancelled():
            raise CannotConnect("closed meanwhile")
        life.result()

    async def run(self) -> None:
        """Keep the port open until the link is closed; opens it when it is not."""
        while not self._over.is_set():
            with suppress(LinkError):
                if self._life is None or self._life.done():
                    await self.open()
            if self._life is not None:
                await asyncio.wait({self._life})
            with suppress(TimeoutError):
                async with asyncio.timeout(self._backoff.next()):
                    await self._over.wait()

    def telegram_seen(self) -> None:
        """Trust the connection: a valid telegram has come through it."""
        self._backoff.reset()
        self._proven, self._patience = self.settings, PATIENCE
        self._unread_since = None

    async def close(self) -> None:
        """Release the port for good; run() ends with it."""
        self._over.set()
        if self._life is not None:
            await _end(self._life)

    async def _live(self, opened: asyncio.Future[None]) -> None:
        """Open the port, tell so, and read it until its end."""
        stream = await open_stream(self._address, self.settings)
        try:
            opened.set_result(None)
            await self._read(stream)
        finally:
            await stream.close()

    async def _read(self, stream: P1Stream) -> None:
        data = await self._next(stream)
        if not data:
            return
        self.connected = True
        self.connects += 1
        self._unread_since = None
        try:
            self._on_state(LinkState.UP)
            while data:
                if self._unread_since is None:
                    self._unread_since = asyncio.get_running_loop().time()
                self._on_bytes(data)
                if self._gives_up():
                    break
                data = await self._next(stream)
        finally:
            self.connected = False
            if not self._over.is_set():
                self._on_state(LinkState.DOWN)

    def _gives_up(self) -> bool:
        """Choose the other settings of a line on which nothing can be read for long."""
        if not isinstance(self._address, SerialAddress):
            return False
        proven = self.settings is self._proven
        now = asyncio.get_running_loop().time()
        if now - (self._unread_since or now) < (self._patience if proven else TRIAL):
            return False
        if proven:
            self._patience = min(2 * self._patience, MOST_PATIENCE)
        self.settings = OTHER[self.settings]
        return True

    async def _next(self, stream: P1Stream) -> bytes:
        """Return what comes next; b"" when the stream ends or falls silent."""
        silence = SILENCE[self.settings] if self._silence is None else self._silence
        try:
            async with asyncio.timeout(silence):
                return await stream.read()
        except TimeoutError:
            return b""


async def _end(life: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it has cleaned up."""
    life.cancel()
    await asyncio.wait({life})
