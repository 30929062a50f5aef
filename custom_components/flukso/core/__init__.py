"""Hold what is known about meters and tariffs, free of network and clock."""
