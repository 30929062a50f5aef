"""Tests of windows from files."""
