"""Files and rows of windows, as portals and people have them."""
