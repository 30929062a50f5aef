"""The demand a grid company bills by: windows, their month peaks, projections."""
