"""core/demand/peaks."""
