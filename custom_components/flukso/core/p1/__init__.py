"""Understand what an electricity meter says on its P1 port."""
