"""Tests of the pure part; they run without Home Assistant."""
