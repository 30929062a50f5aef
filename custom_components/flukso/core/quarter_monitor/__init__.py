"""What a quarter monitor tells, and what is on its card."""
