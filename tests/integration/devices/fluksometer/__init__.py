"""Tests of Fluksometers that publish, inside Home Assistant."""
