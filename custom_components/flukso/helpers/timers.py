"""Actions that come again and again."""

from collections.abc import Callable
from datetime import datetime, timedelta

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval


@callback
def repeat(
    hass: HomeAssistant, *timers: tuple[Callable[[datetime], None], timedelta]
) -> CALLBACK_TYPE:
    """Call each action at its own pace; returns what stops all of them."""
    stops = [
        async_track_time_interval(hass, action, interval, cancel_on_shutdown=True)
        for action, interval in timers
    ]

    @callback
    def stop() -> None:
        for stop_one in stops:
            stop_one()

    return stop
