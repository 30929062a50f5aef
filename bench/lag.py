"""Tell how late an event loop is, and whose turns make it so."""

import asyncio
from collections.abc import Callable
import gc
import time
from typing import Any, NamedTuple, Self

# So often it is looked whether the loop is late, s.
STEP = 0.005
# Turns that are shorter block nobody, s.
LONG = 0.02
MILLI = 1000
# What the event loop calls in each turn, and what that calls.
RUN = "_run"
CALLBACK = "_callback"


class Turn(NamedTuple):
    """A callback that ran long: s on the clock, s of its own CPU time, and what it was.

    Where it took much longer than it worked, it waited for another thread or program.
    """

    wall: float
    cpu: float
    name: str


class LagProbe:
    """Sleep a little, over and over, and note how late that ends; s."""

    def __init__(self) -> None:
        """Prepare; `async with` measures."""
        self.lags: list[float] = []
        self.turns: list[Turn] = []
        self.collected = 0.0
        self.took = 0.0
        self._began = 0.0
        self._collecting = 0.0
        self._task: asyncio.Task[None] | None = None
        self._run: Callable[[asyncio.Handle], None]

    async def __aenter__(self) -> Self:
        """Begin to measure."""
        gc.collect()
        self._run = getattr(asyncio.Handle, RUN)
        setattr(asyncio.Handle, RUN, self._timed(self._run))
        gc.callbacks.append(self._on_collection)
        self._task = asyncio.create_task(self._watch())
        await asyncio.sleep(10 * STEP)
        self.lags.clear()
        self._began = time.perf_counter()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Measure no longer."""
        self.took = time.perf_counter() - self._began
        # The last turn may have been long.
        await asyncio.sleep(2 * STEP)
        if self._task is not None:
            self._task.cancel()
        gc.callbacks.remove(self._on_collection)
        setattr(asyncio.Handle, RUN, self._run)

    async def _watch(self) -> None:
        while True:
            due = time.perf_counter() + STEP
            await asyncio.sleep(STEP)
            self.lags.append(max(0.0, time.perf_counter() - due))

    def _timed(
        self, run: Callable[[asyncio.Handle], None]
    ) -> Callable[[asyncio.Handle], None]:
        def timed(handle: asyncio.Handle) -> None:
            began, worked = time.perf_counter(), time.thread_time()
            run(handle)
            wall = time.perf_counter() - began
            if wall >= LONG:
                cpu = time.thread_time() - worked
                owner = getattr(getattr(handle, CALLBACK), "__self__", None)
                name = repr(owner if isinstance(owner, asyncio.Task) else handle)
                self.turns.append(Turn(wall, cpu, name))

        return timed

    def _on_collection(self, phase: str, _info: dict[str, Any]) -> None:
        if phase == "start":
            self._collecting = time.thread_time()
        else:
            spent = time.thread_time() - self._collecting
            self.collected = max(self.collected, spent)

    @property
    def figures(self) -> dict[str, float]:
        """Return the lag, and the longest turns by the clock and by their own work, ms.

        `collection`: the most CPU time of a pause for collecting garbage; `took`: s in all.
        """
        lags = sorted(self.lags)
        return {
            "took": self.took,
            "p50": lags[len(lags) // 2] * MILLI,
            "p99": lags[len(lags) * 99 // 100] * MILLI,
            "max": lags[-1] * MILLI,
            "turn": max((turn.wall for turn in self.turns), default=0.0) * MILLI,
            "cpu": max((turn.cpu for turn in self.turns), default=0.0) * MILLI,
            "collection": self.collected * MILLI,
        }
