"""Tests of P1 meters inside Home Assistant."""
