"""Write what the firmware writes: MQTT messages, number and JSON literals."""

from collections.abc import Mapping, Sequence
import re
from typing import NamedTuple

type Value = str | int | float | list["Value"] | dict[str, "Value"]

_LUA_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
_LUA_HEX = re.compile(r"\s*0[xX][0-9a-fA-F]+\s*")
_ESCAPED = re.compile(r'[\x00-\x1f"\\]')


class Message(NamedTuple):
    """One MQTT publication."""

    topic: str
    payload: bytes
    retain: bool = False
    qos: int = 0


def sensor_topic(sensor_id: str, stream: str) -> str:
    """Name the topic of a sensor's "gauge" or "counter"."""
    return f"/sensor/{sensor_id}/{stream}"


def lua_number(value: float) -> str:
    """Write a number as Lua does (%.14g)."""
    return f"{value:.14g}"


def thousandths(milli: int) -> str:
    """Write an amount of thousandths as Lua writes the number."""
    return str(milli // 1000) if milli % 1000 == 0 else lua_number(milli / 1000)


def tonumber(text: str) -> str | int | float:
    """Turn an option of the configuration into what arrives in the JSON.

    The daemons pass every option through Lua's `tonumber(x) or x`.
    """
    if _LUA_HEX.fullmatch(text):
        return int(text, 16)
    if _LUA_NUMBER.fullmatch(text):
        number = float(text)
        return int(number) if number.is_integer() else number
    return text


def lua_json(value: Value) -> str:
    """Encode as LuCI's JSON encoder: no blanks, an empty table is `[]`."""
    match value:
        case str():
            return '"' + _ESCAPED.sub(lambda m: f"\\u{ord(m[0]):04x}", value) + '"'
        case list() | dict() if not value:
            return "[]"
        case list():
            return "[" + ",".join(map(lua_json, value)) + "]"
        case dict():
            pairs = (f"{lua_json(key)}:{lua_json(item)}" for key, item in value.items())
            return "{" + ",".join(pairs) + "}"
        case _:
            return lua_number(value)


def compact_reading(stamp: int, number: str, unit: str) -> bytes:
    """Write a reading as the FLM02's daemons and the kube daemon do."""
    return f'[{stamp},{number},"{unit}"]'.encode()


def spaced_reading(stamp: int, number: str, unit: str) -> bytes:
    """Write a reading as the FLM03E's daemon does."""
    return f'[{stamp}, {number}, "{unit}"]'.encode()


def fixed_gauge(fixed: int) -> str:
    """Write a q20.11 gauge as the FLM03E's daemon does.

    It prints the floor and the positive remainder, so -0.85 becomes -1.149, and leaves
    the decimals away when they are 000 (flukso/flxd, decode.h).
    """
    return _split(fixed >> 11, (fixed & 2047) * 125 >> 8)


def printed_milli(fixed: int) -> int:
    """Return in thousandths what a reader of `fixed_gauge` takes the number for."""
    whole, decimals = fixed >> 11, (fixed & 2047) * 125 >> 8
    return whole * 1000 + (decimals if whole >= 0 else -decimals)


def fixed_counter(milli: int) -> str:
    """Write a counter in thousandths as the FLM03E's daemon does."""
    return _split(*divmod(milli, 1000))


def _split(whole: int, decimals: int) -> str:
    return f"{whole}.{decimals:03d}" if decimals else f"{whole}"


def waveform(stamp: int, milliseconds: int, values: Sequence[int], unit: str) -> bytes:
    """Write one captured period."""
    samples = ",".join(map(str, values))
    return f'[[{stamp},{milliseconds}],[{samples}],"{unit}"]'.encode()


def config_message(
    device_id: str, name: str, sections: Mapping[str, dict[str, Value]], *, qos: int = 0
) -> Message:
    """Publish a configuration: every section and option as the daemons encode them."""
    payload = lua_json(dict(sections)).encode()
    return Message(f"/device/{device_id}/config/{name}", payload, retain=True, qos=qos)
