"""What falls silent and returns: one log line each way."""

import logging


class Presence:
    """Whether a device is lost; says so in the log of its hub, once each way."""

    def __init__(self, logger: logging.Logger, name: str) -> None:
        """Begin with a device that is there; the lines begin with its name."""
        self.lost = False
        self._logger = logger
        self._name = name

    def lose(self, why: str) -> bool:
        """Count the device as lost; returns whether that is news."""
        if self.lost:
            return False
        self.lost = True
        self._logger.warning("%s: %s", self._name, why)
        return True

    def regain(self, how: str) -> bool:
        """Count the device as there again; returns whether that is news."""
        if not self.lost:
            return False
        self.lost = False
        self._logger.info("%s: %s", self._name, how)
        return True

    def log_turned(self, gone: int, back: int, what: str = "readings") -> None:
        """Say how many parts of a device fell silent and returned in one moment."""
        if gone:
            self._logger.warning("%s: %d %s fell silent", self._name, gone, what)
        if back:
            self._logger.info("%s: %d %s are back", self._name, back, what)
