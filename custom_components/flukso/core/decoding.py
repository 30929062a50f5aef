"""JSON from the network, within bounds."""

import json
from typing import Final

from .drops import Dropped, DropReason

_MAX_BYTES: Final = 65536


_MAX_DEPTH: Final = 8


def decode_json(payload: bytes) -> object:
    """Return the JSON value of a small payload; raise Dropped."""
    if len(payload) > _MAX_BYTES:
        raise Dropped(DropReason.TOO_LARGE)
    try:
        decoded: object = json.loads(payload.decode())
    except (ValueError, RecursionError) as error:
        raise Dropped(DropReason.MALFORMED, "not JSON") from error
    if _is_deeper(decoded, _MAX_DEPTH):
        raise Dropped(DropReason.MALFORMED, "nested too deep")
    return decoded


def _is_deeper(value: object, levels: int) -> bool:
    """Tell whether objects and lists are nested in more than so many levels."""
    match value:
        case dict():
            items = iter(value.values())
        case list():
            items = iter(value)
        case _:
            return False
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in items)
