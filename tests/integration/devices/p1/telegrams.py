"""Telegrams of real meters, of simulated ones, and with lines changed."""

from pathlib import Path

from custom_components.flukso.core.p1.crc import crc16
from custom_components.flukso.core.p1.readings import Telegram
from custom_components.flukso.core.p1.receiver import Receiver
from simulator import make_meter

FOLDER = Path(__file__).parents[3] / "fixtures" / "telegrams"
NOON = 1_768_478_400

THREE_PHASES = "be_fluvius_50217_20241119_3ph_9kw_13months"
GAS_AND_WATER = "be_fluvius_50217_20231102_3ph_gas_water_4months_invalidstamp"
INVALID_GAS = "be_fluvius_50213_20200305_3ph_gas_invalid_gas"


def fixture(name: str) -> bytes:
    """Return a stored telegram, byte for byte."""
    return (FOLDER / f"{name}.txt").read_bytes()


def sealed(telegram: bytes) -> bytes:
    """Return a telegram with the checksum that its text needs."""
    text = telegram[: telegram.rindex(b"!") + 1]
    return text + f"{crc16(text):04X}\r\n".encode()


def changed(telegram: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    """Return a telegram with other text in it, and the checksum of that."""
    for old, new in changes:
        assert telegram.count(old) == 1
        telegram = telegram.replace(old, new)
    return sealed(telegram)


def without(telegram: bytes, *codes: bytes) -> bytes:
    """Return a telegram without the lines of these codes."""
    kept = [
        line
        for line in telegram.splitlines(keepends=True)
        if not line.startswith(codes)
    ]
    return sealed(b"".join(kept))


def simulated(family: str = "be-50217", *, start: int = NOON, seed: int = 1) -> bytes:
    """Return the first telegram of a simulated meter."""
    telegram = make_meter(family, start=start, seed=seed).telegram(start)
    assert telegram is not None
    return telegram


def encrypted(key: str, *, start: int = NOON) -> bytes:
    """Return the first telegram of a simulated meter that encrypts."""
    telegram = make_meter("lu", start=start, key=key).telegram(start)
    assert telegram is not None
    return telegram


def read(data: bytes, key: str | None = None) -> Telegram:
    """Return what a telegram says."""
    opener = None if key is None else bytes.fromhex(key)
    (telegram,) = Receiver(opener).feed(data)
    return telegram
