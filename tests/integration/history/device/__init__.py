"""What was missed comes back."""
