"""What was drawn every five seconds of a quarter."""
