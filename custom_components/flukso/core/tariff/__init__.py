"""core/tariff."""
