"""The demand meter: from readings to windows, peaks and bills."""
