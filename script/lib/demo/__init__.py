"""A Home Assistant with a simulated household, to look at and to check."""
