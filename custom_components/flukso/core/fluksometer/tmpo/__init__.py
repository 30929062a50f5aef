"""core/fluksometer/tmpo."""
