"""Tests of sums of energy by the hour."""
