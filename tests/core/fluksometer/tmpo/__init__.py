"""Tests of the history that a Fluksometer keeps."""
