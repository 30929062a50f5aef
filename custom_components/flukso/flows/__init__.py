"""What the dialogs of all kinds of devices have in common."""
