"""Tests of the demand meter."""
