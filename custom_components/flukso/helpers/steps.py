"""Work that may be long, in short steps."""

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Final

from homeassistant.core import HomeAssistant, callback

# As many steps are done at once: what happens every quarter of an hour takes no more.
AT_ONCE: Final = 3


class Steps:
    """Do pieces of work in their order, and let others have their turn in between."""

    def __init__(self, hass: HomeAssistant, name: str) -> None:
        """Begin with nothing to do; `name` what is done."""
        self._hass = hass
        self._name = name
        self._waiting: deque[Iterator[None]] = deque()
        self._task: asyncio.Task[None] | None = None

    @callback
    def add(self, work: Iterator[None]) -> None:
        """Do some work: now if it is little and nothing waits, else soon."""
        self._waiting.append(work)
        if self._task is not None:
            return
        for _ in range(AT_ONCE):
            if not self._step():
                return
        self._task = self._hass.async_create_task(
            self._async_go_on(), self._name, eager_start=False
        )

    @callback
    def finish(self) -> None:
        """Do all that waits now."""
        while self._step():
            pass

    def _step(self) -> bool:
        """Do a step; False when nothing is left to do."""
        while self._waiting:
            for _ in self._waiting[0]:
                return True
            self._waiting.popleft()
        return False

    async def _async_go_on(self) -> None:
        try:
            while self._step():
                await asyncio.sleep(0)
        finally:
            self._task = None
