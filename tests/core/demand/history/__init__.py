"""Tests of windows out of what others kept."""
