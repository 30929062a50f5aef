"""Tests of months, their peaks and their bills."""
