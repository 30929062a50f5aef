"""Which windows a tariff counts, and what they cost."""
