"""Callbacks that want to hear of something."""

from collections.abc import Callable

from homeassistant.core import CALLBACK_TYPE, callback


class Listeners[**ParametersT]:
    """A set of callbacks for one kind of news."""

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self._listeners: list[Callable[ParametersT, None]] = []

    @callback
    def add(self, listener: Callable[ParametersT, None]) -> CALLBACK_TYPE:
        """Call listener from now on; returns the undo."""
        self._listeners.append(listener)

        @callback
        def remove() -> None:
            self._listeners.remove(listener)

        return remove

    @callback
    def call(self, *args: ParametersT.args, **kwargs: ParametersT.kwargs) -> None:
        """Tell everybody; a listener may stop listening meanwhile."""
        for listener in tuple(self._listeners):
            listener(*args, **kwargs)


def call_all(*undos: CALLBACK_TYPE) -> CALLBACK_TYPE:
    """Return what calls all of these, the last first; safe to repeat."""
    waiting = list(undos)

    @callback
    def undo() -> None:
        while waiting:
            waiting.pop()()

    return undo
