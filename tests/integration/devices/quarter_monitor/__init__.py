"""Tests of the quarter monitor inside Home Assistant."""
