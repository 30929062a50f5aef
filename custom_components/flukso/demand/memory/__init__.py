"""demand/memory."""
