"""A run: stage what landed, build the tables, check them, publish them together."""
