"""core/demand/meters."""
