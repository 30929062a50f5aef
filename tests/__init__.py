"""Tests of the Flukso integration and of the devices it is tested with."""
