"""A Home Assistant with a simulated Fluksometer, to look at and to check."""
