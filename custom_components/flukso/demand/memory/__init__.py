"""What a demand meter remembers, in memory and on disk."""
