"""Tests of what was missed and is fetched back."""
