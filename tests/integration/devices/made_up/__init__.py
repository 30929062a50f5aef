"""A kind of device that exists for the tests alone."""
