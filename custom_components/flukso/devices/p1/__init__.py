"""A meter whose P1 port is read, by a line, the network or a dongle."""
