"""P1 ports: serial lines, TCP servers, dongles."""
