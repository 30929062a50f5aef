"""core/demand/history."""
