"""What becomes of a connection that is wanted."""

from enum import StrEnum


class LinkState(StrEnum):
    """What became of the connection."""

    UP = "up"
    DOWN = "down"
    REFUSED = "refused"
