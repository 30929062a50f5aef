"""Tests of the simulated devices, without Home Assistant and without a clock."""
