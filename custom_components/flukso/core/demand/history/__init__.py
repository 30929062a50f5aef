"""Windows out of what others measured or kept, and rows of statistics."""
