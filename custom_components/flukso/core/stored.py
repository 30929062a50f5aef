"""Read back what was stored: every wrong type or number is `Damaged`."""

import math

# The year 2242, unix s: far enough, and every calendar can still name it.
END_OF_TIME = 2**33


class Damaged(ValueError):
    """What was stored is not what was written."""


def number(value: object) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Damaged(f"not a number: {type(value).__name__}")
    try:
        result = float(value)
    except OverflowError as err:
        raise Damaged("number out of range") from err
    if not math.isfinite(result):
        raise Damaged("not a finite number")
    return result


def amount(value: object) -> float:
    """Return a finite number that is not negative."""
    result = number(value)
    if result < 0:
        raise Damaged("negative amount")
    return result


def moment(value: object) -> float:
    """Return a time, unix s."""
    result = amount(value)
    if result >= END_OF_TIME:
        raise Damaged("time out of range")
    return result


def optional_moment(value: object) -> float | None:
    """Return a time, or None for None."""
    return None if value is None else moment(value)


def whole(value: object) -> int:
    """Return a whole second, unix s; a float without fraction counts as one."""
    result = moment(value)
    if not result.is_integer():
        raise Damaged("not a whole number")
    return int(result)


def seconds(value: object) -> int:
    """Return whole seconds of a time that passed or is to come, also negative ones."""
    result = number(value)
    if not result.is_integer():
        raise Damaged("not whole seconds")
    return int(result)


def flag(value: object) -> bool:
    """Return a truth value."""
    if not isinstance(value, bool):
        raise Damaged(f"not a truth value: {type(value).__name__}")
    return value


def text(value: object) -> str:
    """Return a string."""
    if not isinstance(value, str):
        raise Damaged(f"not a string: {type(value).__name__}")
    return value


def record(value: object, keys: frozenset[str] | None = None) -> dict[str, object]:
    """Return a JSON object, with exactly these keys where they are given."""
    if not isinstance(value, dict):
        raise Damaged(f"not an object: {type(value).__name__}")
    result = {text(key): item for key, item in value.items()}
    if keys is not None and result.keys() != keys:
        raise Damaged("other keys than were written")
    return result


def entries(value: object, count: int) -> list[object]:
    """Return a JSON array of `count` items."""
    if not isinstance(value, list | tuple):
        raise Damaged(f"not an array: {type(value).__name__}")
    if len(value) != count:
        raise Damaged(f"{len(value)} items instead of {count}")
    return list(value)
