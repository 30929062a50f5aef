"""A quarter monitor and the card that it writes."""
