"""Messages no client should swallow, as a careless or hostile LAN host sends them."""

from collections.abc import Callable, Sequence
from random import Random

from .messages import Message, sensor_topic
from .tmpo import BlockKey

# What each recipe gets to work with: stamp, device id, sensor ids.
type _Recipe = Callable[[int, str, Sequence[str], Random], Message]

_READINGS = (
    b"",
    b"hello",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"[[],[]]",
    b'{"value":5}',
    b"[%d, 12",
    b'[%d,5,"W',
    b'[%d,NaN,"W"]',
    b'[%d,nan,"W"]',
    b'[%d,-nan,"W"]',
    b'[%d,Infinity,"W"]',
    b'[%d,1e999,"W"]',
    b'[%d,"5","W"]',
    b'[%d,true,"W"]',
    b'[%d,null,"W"]',
    b'[%d,[5],"W"]',
    b'["%d",5,"W"]',
    b'[0,5,"W"]',
    b'[-%d,5,"W"]',
    b'[9%d,5,"W"]',
    b'[%d,5,"parsec"]',
    b'[%d,5,"\xff\xfe"]',
    b"[%d,5,7]",
    b"\x00\x01\x02\x1f\x8b",
)
_CONFIGURATIONS = (
    b"",
    b"[]",
    b"[1,2,3]",
    b'"text"',
    b'{"1":{"id":"',
    b'{"1":',
    b"[" * 20_000,
    b'{"1":' * 5_000,
    b'{"1":{"id":"' + b"f" * 70_000 + b'"}}',
    b"\xff\xfe\xfd",
)
_NOT_BLOCKS = (
    b"",
    b"not gzip",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03",
    b"\x1f\x8b\x08\x00" + b"\x55" * 300,
)


def _reading(stamp: int, _: str, ids: Sequence[str], random: Random) -> Message:
    text = random.choice(_READINGS)
    payload = text.replace(b"%d", str(stamp).encode())
    stream = random.choice(("gauge", "counter"))
    return Message(sensor_topic(random.choice(ids), stream), payload)


def _oversize(stamp: int, _: str, ids: Sequence[str], random: Random) -> Message:
    digits = "9" * random.choice((400, 5_000, 200_000))
    payload = f'[{stamp},{digits},"W"]'.encode()
    return Message(sensor_topic(random.choice(ids), "gauge"), payload)


def _topic(stamp: int, device_id: str, ids: Sequence[str], random: Random) -> Message:
    known = random.choice(ids)
    topic = random.choice(
        (
            sensor_topic(known.upper(), "gauge"),
            sensor_topic(known[:-1], "gauge"),
            sensor_topic(known + "0", "counter"),
            sensor_topic("", "gauge"),
            sensor_topic("%s%n../..", "gauge"),
            sensor_topic(known, "gauges"),
            f"sensor/{known}/gauge",
            f"/sensor/{known}/gauge/",
            f"/device/{device_id[:7]}/config/sensor",
            f"/device/{device_id}/config/sensors",
        )
    )
    return Message(topic, f'[{stamp},5,"W"]'.encode())


def _config(_: int, device_id: str, __: Sequence[str], random: Random) -> Message:
    name = random.choice(("config/sensor", "config/flx", "config/kube"))
    payload = random.choice(_CONFIGURATIONS)
    return Message(f"/device/{device_id}/{name}", payload)


def _block(stamp: int, _: str, ids: Sequence[str], random: Random) -> Message:
    level = random.choice((8, 12, 9, 20))
    begin = stamp >> level << level
    key = BlockKey(random.choice(ids), 0, level, begin)
    return Message(key.topic, random.choice(_NOT_BLOCKS))


_RECIPES: tuple[_Recipe, ...] = (_reading, _reading, _topic, _oversize, _block, _config)


def mixed(
    good: list[Message], second: int, seed: int, device_id: str, ids: Sequence[str]
) -> list[Message]:
    """Put a handful of bad messages, none of them retained, among good ones."""
    random = Random(f"garbage/{seed}/{second}")
    out = list(good)
    for recipe in random.choices(_RECIPES, k=6):
        bad = recipe(second, device_id, ids, random)
        out.insert(random.randint(0, len(out)), bad)
    return out
