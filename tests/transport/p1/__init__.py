"""Tests of P1 ports."""
