"""What a Fluksometer and its cloud recorded, fetched back."""
