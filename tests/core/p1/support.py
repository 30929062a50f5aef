"""Telegrams of real meters, and telegrams made for a test."""

from datetime import datetime
from pathlib import Path
import re

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from custom_components.flukso.core.p1.crc import crc16
from custom_components.flukso.core.p1.decrypt import LUXEMBOURG_AUTHENTICATION_KEY
from custom_components.flukso.core.p1.framing import Frame, FrameReader, PlainFrame
from custom_components.flukso.core.p1.readings import Telegram
from custom_components.flukso.core.p1.telegram import read_telegram

FOLDER = Path(__file__).parents[2] / "fixtures" / "telegrams"

THIRTEEN_MONTHS = "be_fluvius_50217_20241119_3ph_9kw_13months"
GAS_AND_WATER = "be_fluvius_50217_20231102_3ph_gas_water_4months_invalidstamp"
GENERATION_D = "be_fluvius_50221_generation_D_template_recomputed"
POWER_FAILURES = "nl_dsmr42_kaifa_gas_powerfailurelog"
DSMR_5 = "nl_dsmr50_iskra_two_mbus"
DSMR_2 = "nl_dsmr22_kamstrup_gas"
AUSTRIA = "at_sagemcom_t210dr_plain"
LUXEMBOURG = "lu_smarty_plain"

KEY = bytes(range(16))
_END = re.compile(rb"\n![^\r\n]*(?:\r?\n)?\Z")


def fixture(name: str) -> bytes:
    """Return a stored telegram, byte for byte."""
    return (FOLDER / f"{name}.txt").read_bytes()


def body(name: str) -> bytes:
    """Return a stored telegram up to and with the last line of data."""
    return _END.sub(b"\n", fixture(name))


def sealed(data: bytes, digits: str = "{:04X}") -> bytes:
    """Return lines from `/` on as a telegram, with its checksum."""
    text = data + b"!"
    return text + digits.format(crc16(text)).encode() + b"\r\n"


def telegram(*lines: str, header: str = r"FLU5\253769484_A") -> bytes:
    """Return a telegram of these lines, with its checksum."""
    return sealed("\r\n".join([f"/{header}", "", *lines, ""]).encode("latin-1"))


def belgian(*lines: str) -> bytes:
    """Return a Belgian telegram with a version, a time and these lines."""
    return telegram("0-0:96.1.4(50217)", "0-0:1.0.0(241119162126W)", *lines)


def months(first: str, *demands: float) -> dict[str, float]:
    """Return demands of consecutive months."""
    year, month = map(int, first.split("-"))
    numbers = range(year * 12 + month - 1, year * 12 + month - 1 + len(demands))
    names = [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]
    return dict(zip(names, demands, strict=True))


def frames_of(data: bytes) -> list[Frame]:
    """Return what a fresh reader finds in bytes."""
    return FrameReader().feed(data)


def texts_of(data: bytes) -> list[bytes]:
    """Return the plain telegrams that a fresh reader finds in bytes."""
    return [frame.text for frame in frames_of(data) if isinstance(frame, PlainFrame)]


def read(data: bytes) -> Telegram:
    """Return the only telegram in bytes."""
    (text,) = texts_of(data)
    return read_telegram(text)


def read_fixture(name: str) -> Telegram:
    """Return a stored telegram; its checksum is made anew where it does not fit."""
    intact = texts_of(fixture(name) + b"\r\n")
    return read_telegram(intact[0]) if intact else read(sealed(body(name)))


def encrypted(
    plain: bytes,
    key: bytes = KEY,
    authentication_key: bytes = LUXEMBOURG_AUTHENTICATION_KEY,
    counter: int = 1,
) -> bytes:
    """Return a telegram as a meter of Luxembourg or Austria sends it."""
    title, control = b"SAG\x00\x01\x02\x03\x04", b"\x30"
    sealed_text = AESGCM(key).encrypt(
        title + counter.to_bytes(4), plain, control + authentication_key
    )
    # The cipher signs with 16 bytes, of which DLMS sends the first 12.
    content = control + counter.to_bytes(4) + sealed_text[:-4]
    return b"\xdb\x08" + title + b"\x82" + len(content).to_bytes(2) + content


def moment(text: str) -> datetime:
    """Return a time written with its offset."""
    return datetime.fromisoformat(text)
