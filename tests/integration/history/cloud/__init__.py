"""Tests of the history that Flukso's cloud keeps."""
