"""Tests of an FLM02 that is read over HTTP, inside Home Assistant."""
