"""Tell the meters behind this one: by their M-Bus channels, or by what they measure."""

from typing import Final

from .collected import Collected, Values, short_hash
from .fields import CHANNELS, GAS, medium_of
from .readings import Child, ChildKind
from .stamps import Offsets, parse_stamp

_CHILD_KINDS: Final = {
    2: ChildKind.ELECTRICITY,
    3: ChildKind.GAS,
    4: ChildKind.HEAT,
    6: ChildKind.HOT_WATER,
    7: ChildKind.WATER,
    10: ChildKind.COOLING,
    11: ChildKind.COOLING,
    12: ChildKind.COOLING,
}

_KINDS_OF_MEDIA: Final = {GAS: 3, 8: 7, 9: 6}


def children_of(collected: Collected, offsets: Offsets) -> tuple[Child, ...]:
    """Return the meters behind this one; a channel without id and reading has none."""
    for place in [place for place in collected.channels if place < 0]:
        _give_channel(collected, collected.channels[place], *medium_of(place))
    children = []
    for channel in CHANNELS:
        values = collected.channels.get(channel)
        if values is None:
            continue
        sent = values.stamped.get("dial") or values.stamped.get("reading")
        identity = values.texts.get("equipment_id")
        if sent is None and not identity:
            continue
        children.append(
            Child(
                channel=channel,
                kind=_CHILD_KINDS.get(values.counts.get("kind", -1)),
                meter=short_hash(identity) if identity else None,
                reading=None if sent is None else sent.amount,
                stamp=None if sent is None else parse_stamp(sent.stamp, offsets),
                valve=values.counts.get("valve"),
            )
        )
    return tuple(children)


def _give_channel(
    collected: Collected, found: Values, medium: int, channel: int
) -> None:
    """Put the meter that goes by its medium on a channel.

    Without a number it is the one that has an id and no reading, if that is only one,
    and else the first that is free.
    """
    kind = _KINDS_OF_MEDIA.get(medium)
    if not channel:
        channel = _home_of(collected, found, kind)
    home = collected.channels[channel]
    if kind is not None:
        home.counts.setdefault("kind", kind)
    home.counts = found.counts | home.counts
    home.texts = found.texts | home.texts
    home.stamped = found.stamped | home.stamped


def _home_of(collected: Collected, found: Values, kind: int | None) -> int:
    """Return the channel of a meter that goes by its medium without a number."""
    channels = {channel: collected.channels.get(channel) for channel in CHANNELS}
    waiting = [
        channel
        for channel, values in channels.items()
        if values is not None
        and "equipment_id" in values.texts
        and values.counts.get("kind", kind) == kind
        and not values.stamped
    ]
    if len(waiting) == 1 and "equipment_id" not in found.texts:
        return waiting[0]
    free = [channel for channel, values in channels.items() if values is None]
    return free[0] if free else CHANNELS[-1]
