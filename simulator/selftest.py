"""The FLM03E's daily self-test report."""

from datetime import UTC, datetime
from email.utils import format_datetime

FIRMWARE = "382"
_LOCAL = (
    "flxd daemon running",
    "sensor board communication",
    "/flukso/tmpo dir present",
    "serial number loaded",
    "sensor config loaded",
    "wifi connection",
)
_CLOUD = (
    "ping flukso.net",
    "api.flukso.net tcp port 22 [ssh]",
    "api.flukso.net tcp port 80 [http]",
    "api.flukso.net tcp port 443 [https]",
    "api.flukso.net tcp port 8883 [mqtt/ssl]",
)
_CLOCK = ("0.openwrt.pool.ntp.org udp port 123 [ntp]",)


def report(serial: str, second: int, *, cloud: bool) -> bytes:
    """Write the report of one run in the Test Anything Protocol."""
    tests = _LOCAL + _CLOUD + _CLOCK
    date = format_datetime(datetime.fromtimestamp(second, UTC))
    lines = [f"1..{len(tests)}", f"# date: {date}"]
    lines += [f"# serial: {serial}", f"# firmware: {FIRMWARE}"]
    for number, test in enumerate(tests, start=1):
        passed = cloud or test not in _CLOUD
        lines.append(f"{'ok' if passed else 'not ok'} {number} - {test}")
    return "\n".join(lines).encode() + b"\n"
