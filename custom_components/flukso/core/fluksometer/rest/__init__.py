"""core/fluksometer/rest."""
