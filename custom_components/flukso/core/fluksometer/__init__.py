"""What a Fluksometer says: topics, configuration, readings."""
