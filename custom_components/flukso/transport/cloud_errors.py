"""What can go wrong with Flukso's cloud."""

from enum import StrEnum

from .errors import LinkError


class CloudFault(StrEnum):
    """Why the cloud tells nothing."""

    REFUSED = "cloud_refused"
    UNKNOWN_SENSOR = "cloud_unknown_sensor"
    UNREACHABLE = "cloud_unreachable"
    UNTRUSTED = "cloud_untrusted"
    BUSY = "cloud_busy"
    UNREADABLE = "cloud_unreadable"
    NO_VALUES = "cloud_no_values"


class CloudError(LinkError):
    """The one family of errors of the cloud; never holds a token or an answer."""

    def __init__(self, fault: CloudFault, detail: str = "") -> None:
        """Keep what is wrong, and the detail for the log."""
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault = fault
