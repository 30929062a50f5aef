"""Tests of the network part; they run without Home Assistant."""
