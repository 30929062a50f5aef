"""Tests of the pure core of the P1 meter."""
