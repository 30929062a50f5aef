"""Tests of the actions, inside Home Assistant."""
