"""Tests of the pure core of the quarter monitor."""
