"""Tests of counters and powers, added up."""
