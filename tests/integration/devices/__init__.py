"""Tests of each kind of device, inside Home Assistant."""
