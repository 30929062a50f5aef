"""What brings back the past that is missing, whoever kept it."""
