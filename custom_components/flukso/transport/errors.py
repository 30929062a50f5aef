"""The one family of errors that the network side raises."""


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
