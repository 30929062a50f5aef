"""Rows of long-term statistics."""
