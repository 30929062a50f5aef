"""The one family of errors that the network side raises."""

from enum import StrEnum


class LinkError(Exception):
    """Anything that keeps us from talking to a device."""


class CannotConnect(LinkError):
    """Nobody answers at that address, or not with the expected protocol."""


class ProtocolRefused(CannotConnect):
    """The broker ended the connection before it accepted our MQTT version."""


class SubscriptionRefused(CannotConnect):
    """The broker keeps a topic from us."""


class NoQuarterMonitor(LinkError):
    """Somebody answers, but not as a quarter monitor does."""


class InvalidAuth(LinkError):
    """The broker wants another user name or password."""


class UnknownSensor(LinkError):
    """The device offers no sensor with that id."""


class UnreadableAnswer(LinkError):
    """The device answers with something that cannot be read."""


class NoTelegram(LinkError):
    """The port can be read, but no meter has sent a valid telegram."""


class NoMqttClient(LinkError):
    """The connection to a broker that others were to share with us is not there."""


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


class NoFluksometer(LinkError):
    """The broker answers, but no device has described itself in a readable way."""


class WrongDevice(LinkError):
    """A device answers, but not the one that is asked for."""


class InvalidSensor(LinkError):
    """What was typed is not the id of a sensor."""


class NoReadings(LinkError):
    """The device has that sensor, but it measures nothing."""


class PortInUse(LinkError):
    """The port belongs to another config entry."""
