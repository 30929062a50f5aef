"""A demand meter on entities of other integrations."""
