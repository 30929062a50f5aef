"""The kinds of devices, each in a folder of its own."""
