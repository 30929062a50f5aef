"""Blueprints, run by the real automation engine."""
