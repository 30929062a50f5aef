"""Actions that automations and people call."""
