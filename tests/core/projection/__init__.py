"""Tests of where a window is heading."""
