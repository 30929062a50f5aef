"""Tests of what an FLM02 tells over HTTP."""
