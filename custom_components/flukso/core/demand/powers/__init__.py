"""core/demand/powers."""
