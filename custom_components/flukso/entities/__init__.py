"""What entities have in common, and those of a demand meter."""
