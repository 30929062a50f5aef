"""Tests of what makes windows of readings."""
