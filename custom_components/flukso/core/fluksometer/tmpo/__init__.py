"""The blocks of history that a Fluksometer keeps (TMPO)."""
