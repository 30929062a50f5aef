"""What the network side raises: one family, whatever the device and the way to it."""

from enum import StrEnum


class LinkError(Exception):
    """Anything that keeps us from talking to a device."""


# The connection.


class CannotConnect(LinkError):
    """Nobody answers at that address, or not with the expected protocol."""


class ProtocolRefused(CannotConnect):
    """The broker ended the connection before it accepted our MQTT version."""


class SubscriptionRefused(CannotConnect):
    """The broker keeps a topic from us."""


class InvalidAuth(LinkError):
    """The broker, or the device itself, wants another user name or password."""


class NoMqttClient(LinkError):
    """Home Assistant's own connection to its broker is not there."""


class PortInUse(LinkError):
    """The port belongs to another config entry."""


# The device that answers.


class NoFluksometer(LinkError):
    """The broker answers, but no device has described itself in a readable way."""


class NoQuarterMonitor(LinkError):
    """Somebody answers, but not as a quarter monitor does."""


class NoTelegram(LinkError):
    """The port can be read, but no meter has sent a valid telegram."""


class WrongDevice(LinkError):
    """A device answers, but not the one that is asked for."""


class UnreadableAnswer(LinkError):
    """The device answers with something that cannot be read."""


# A sensor of the device.


class InvalidSensor(LinkError):
    """What was typed is not the id of a sensor."""


class UnknownSensor(LinkError):
    """The device offers no sensor with that id."""


class NoReadings(LinkError):
    """The device has that sensor, but it measures nothing."""


# Flukso's cloud.


class CloudFault(StrEnum):
    """Why the cloud tells nothing; the values are the keys of the words for it."""

    REFUSED = "cloud_refused"
    UNKNOWN_SENSOR = "cloud_unknown_sensor"
    UNREACHABLE = "cloud_unreachable"
    UNTRUSTED = "cloud_untrusted"
    BUSY = "cloud_busy"
    UNREADABLE = "cloud_unreadable"
    NO_VALUES = "cloud_no_values"


class CloudError(LinkError):
    """The cloud tells nothing; never holds a token or an answer."""

    def __init__(self, fault: CloudFault, detail: str = "") -> None:
        """Keep what is wrong, and the detail for the log."""
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault = fault


class PartUntold(CloudError):
    """The cloud does not tell one part, however often it is asked; others it may."""
