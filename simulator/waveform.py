"""The FLM03E's captured periods: 32 points of one period of the mains."""

from math import cos, pi, radians, sin, sqrt

from .household import Household, Moment
from .messages import Message, waveform
from .weather import noise

POINTS = 32
_STEP = 2 * pi / POINTS
# Whole steps, so that every harmonic is a look-up.
_SINE = [sin(index * _STEP) for index in range(POINTS)]


def _period(rms: float, lag: float, distortion: float, harmonic: int) -> list[int]:
    """Return one period in thousandths, `lag` in radians behind the voltage."""
    peak = rms * 1000 * sqrt(2 / (1 + distortion * distortion))
    sine, cosine = cos(lag), sin(lag)
    return [
        round(
            peak
            * (
                sine * _SINE[index]
                - cosine * _SINE[(index + POINTS // 4) % POINTS]
                + distortion * _SINE[index * harmonic % POINTS]
            )
        )
        for index in range(POINTS)
    ]


def _rotated(values: list[int], by: int) -> list[int]:
    return values[by:] + values[:by]


def capture(
    device_id: str, household: Household, moment: Moment, stamp: int
) -> list[Message]:
    """Publish the voltage of the first phase and the current of each clamp.

    The captures of one second share their phase, those of two seconds do not.
    """
    by = int((noise(household.seed, 60, moment.second) + 1) * POINTS / 2)
    sent: list[Message] = []
    for port, phase in enumerate(moment.phases, start=1):
        voltage_thd, current_thd = household.distortion(moment.second, port - 1)
        if port == 1:
            period = _period(phase.voltage, 0.0, voltage_thd, 5)
            payload = waveform(stamp, 500, _rotated(period, by), "mV")
            sent.append(Message(f"/device/{device_id}/flx/voltage/1", payload))
        period = _period(phase.current, radians(phase.angle), current_thd, 3)
        payload = waveform(stamp, 500, _rotated(period, by), "mA")
        sent.append(Message(f"/device/{device_id}/flx/current/{port}", payload))
    return sent


def clock(device_id: str, stamp: int) -> Message:
    """Publish both clocks, in the daemon's own notation (keys without quotes)."""
    text = (
        f"{{flm:{{time:[{stamp},12369],update:false}},"
        f"flx:{{time:[{stamp},0],update:false}}}}"
    )
    return Message(f"/device/{device_id}/flx/time", text.encode())
