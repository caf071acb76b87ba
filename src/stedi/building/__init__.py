"""Derived tables from staged rows, slice by slice: all of them, or what changed."""
