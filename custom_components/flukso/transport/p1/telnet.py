"""Take telnet's commands out of a stream that may be plain or telnet."""

import re

IAC = 0xFF
# IAC with an option to negotiate begins a telnet stream (RFC 854); a telegram begins
# otherwise, and one that was joined in its midst is text or, encrypted, random.
NEGOTIATION = range(0xFA, 0xFF)
# No server negotiates at greater length; more is not telnet.
LONGEST_COMMAND = 256
SUBNEGOTIATION = rb"\xfa[^\xff]*(?:\xff[^\xf0][^\xff]*)*"
COMMAND = re.compile(
    rb"\xff(?:(?P<data>\xff)|[\xfb-\xfe].|[\xf0-\xf9]|"
    + SUBNEGOTIATION
    + rb"\xff\xf0|(?P<begun>(?:[\xfb-\xfe]|"
    + SUBNEGOTIATION
    + rb"\xff?)?\Z)|(?P<foreign>))",
    re.DOTALL,
)


class TelnetFilter:
    """Turn a stream into what the serial line behind it carried.

    A stream that does not begin with a negotiation is plain and passes untouched:
    the frames of encrypting meters contain every byte.
    """

    def __init__(self) -> None:
        """Begin with a new connection."""
        self._plain: bool | None = None
        self._begun = b""

    def feed(self, chunk: bytes) -> bytes:
        """Return the data of a chunk; the end of a cut command comes with the next."""
        if self._plain:
            return chunk
        data, self._begun = self._begun + chunk, b""
        if self._plain is None:
            if data[0] == IAC and len(data) == 1:
                self._begun = data
                return b""
            self._plain = data[0] != IAC or data[1] not in NEGOTIATION
        if not self._plain:
            stripped = COMMAND.sub(self._replace, data)
            if not self._plain:
                return stripped
        self._begun = b""
        return data

    def _replace(self, command: re.Match[bytes]) -> bytes:
        """Return the data that a command stands for."""
        if command["begun"] is not None:
            self._begun = command[0]
        if command["foreign"] is not None or len(self._begun) > LONGEST_COMMAND:
            self._plain = True
        return command["data"] or b""
