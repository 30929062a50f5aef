"""What comes out of a P1 port: frames, telegrams, readings."""
