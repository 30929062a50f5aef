"""What all suites share. Imports nothing of Home Assistant: the pure suites run it."""

from hypothesis import settings

# Two busy cores must not turn a slow example into a failed one.
settings.register_profile("flukso", settings(deadline=None))
settings.load_profile("flukso")
