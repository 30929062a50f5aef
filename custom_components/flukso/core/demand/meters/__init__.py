"""What makes windows of readings as they come."""
