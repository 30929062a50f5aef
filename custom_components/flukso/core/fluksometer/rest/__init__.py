"""What an FLM02 tells over HTTP."""
