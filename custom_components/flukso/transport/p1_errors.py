"""What can go wrong with a P1 port beside the connection itself."""

from .errors import LinkError


class NoTelegram(LinkError):
    """The port can be read, but no meter has sent a valid telegram."""


class NoMqttClient(LinkError):
    """The connection to a broker that others were to share with us is not there."""
