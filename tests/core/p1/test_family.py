"""Which family a meter is of shows in its telegram."""

import pytest

from custom_components.flukso.core.p1.family import Family, find_family

COMMON = {"0-0:1.0.0", "1-0:1.7.0"}


@pytest.mark.parametrize(
    ("header", "codes", "family"),
    [
        (r"FLU5\253769484_A", set[str](), Family.BELGIUM),
        (r"KMP5 KA6U", {"0-0:96.1.4"}, Family.BELGIUM),
        (r"ISK5\2M550T-1012", {"1-3:0.2.8", "1-0:1.8.1"}, Family.NETHERLANDS),
        (r"XMX5LGBBFG1009", {"1-3:0.2.8", "1-0:1.8.1"}, Family.NETHERLANDS),
        (r"HLY5\D545-METER", {"1-3:0.2.8", "1-0:1.8.1"}, Family.DSMR),
        (r"ABC5", {"1-3:0.2.8", "0-0:96.14.0", "0-0:96.7.21"}, Family.NETHERLANDS),
        (r"Lux5\253663629_D", {"1-0:1.8.0"}, Family.LUXEMBOURG),
        (r"MSn5\2", {"0-0:42.0.0", "1-3:0.2.8"}, Family.LUXEMBOURG),
        (r"EST5\253710000_A", {"1-3:0.2.8"}, Family.AUSTRIA),
        (r"SAG5", {"1-3:0.2.8", "1-0:3.8.1"}, Family.AUSTRIA),
        (r"ELL5\253833635_A", {"1-0:1.8.0", "1-0:3.8.0"}, Family.SWEDEN),
        (r"SAG5SAG-METER", {"0-0:42.0.0"}, Family.HUNGARY),
        (r"ISk5\2MIE5T-200", {"1-0:0.0.0"}, Family.BELGIUM),
        (r"ISk5\2ISKRA_IE", set[str](), Family.BELGIUM),
        (r"ABC5", {"1-0:0.0.0", "0-0:96.14.0"}, Family.BELGIUM),
        (r"ABC5", {"1-0:1.4.0", "1-0:1.6.0"}, Family.BELGIUM),
        (r"ABC5", {"1-0:1.4.0", "1-0:1.6.0", "0-0:42.0.0"}, Family.HUNGARY),
        (r"ISk5MT174-0001", {"1-0:0.0.0"}, Family.D0),
        (r"ESY5Q3DA1004 V3.04", {"1-0:0.0.0"}, Family.Q3D),
        (r"ESY5", {"1-0:0.0.0", "0-0:96.1.255"}, Family.Q3D),
        (r"ABC5", {"1-0:1.8.1"}, Family.OTHER),
        (r"", set[str](), Family.OTHER),
    ],
)
def test_header_and_codes_tell_the_family(
    header: str, codes: set[str], family: Family
) -> None:
    assert find_family(header, COMMON | codes) is family


def test_telegram_without_time_is_of_the_first_dutch_editions() -> None:
    counter = {"1-0:1.8.1"}
    assert find_family(r"ISk5\2MT382", counter) is Family.NETHERLANDS_OLD
    dutch = counter | {"0-0:96.14.0", "0-0:96.1.1"}
    assert find_family("ABC5", dutch) is Family.NETHERLANDS_OLD
    assert find_family("ABC5", counter) is Family.OTHER
