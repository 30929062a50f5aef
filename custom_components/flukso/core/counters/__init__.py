"""Which readings of cumulative counters are believed."""
