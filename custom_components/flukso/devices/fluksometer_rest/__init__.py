"""A Fluksometer that is asked over HTTP."""
