"""Tests of tariffs and their prices."""
