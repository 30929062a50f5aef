"""core/energy."""
