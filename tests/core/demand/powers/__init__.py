"""Tests of what was drawn every 5 s."""
