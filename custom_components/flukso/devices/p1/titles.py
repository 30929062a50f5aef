"""How P1 meters are called."""


def title_of(meter: str) -> str:
    """Return the title of the entry of the meter with this hash."""
    return f"P1 meter {meter[:6]}"
