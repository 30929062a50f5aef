"""Long work is done in steps, in its order, and nothing of it is lost."""

from collections.abc import Iterator

from custom_components.flukso.helpers.steps import Steps
from homeassistant.core import HomeAssistant


def work(name: str, steps: int, done: list[str]) -> Iterator[None]:
    """Do something in so many steps."""
    for step in range(steps):
        done.append(f"{name}{step}")
        yield
    done.append(f"{name} done")


async def test_what_is_short_is_done_at_once(hass: HomeAssistant) -> None:
    done: list[str] = []
    steps = Steps(hass, "work")
    steps.add(work("a", 2, done))
    steps.add(work("b", 1, done))
    assert done == ["a0", "a1", "a done", "b0", "b done"]


async def test_what_is_long_lets_others_have_their_turn(hass: HomeAssistant) -> None:
    done: list[str] = []
    steps = Steps(hass, "work")
    steps.add(work("a", 6, done))
    steps.add(work("b", 1, done))
    hass.loop.call_soon(done.append, "others")
    assert done == ["a0", "a1", "a2"]
    await hass.async_block_till_done()
    mine = [item for item in done if item != "others"]
    assert mine == ["a0", "a1", "a2", "a3", "a4", "a5", "a done", "b0", "b done"]
    assert done.index("others") < done.index("a5")
    steps.add(work("c", 1, done))
    assert done[-2:] == ["c0", "c done"]


async def test_all_can_be_finished_at_once(hass: HomeAssistant) -> None:
    done: list[str] = []
    steps = Steps(hass, "work")
    steps.add(work("a", 6, done))
    steps.add(work("b", 1, done))
    steps.finish()
    told = [*done]
    assert told[-3:] == ["a done", "b0", "b done"]
    await hass.async_block_till_done()
    assert done == told
