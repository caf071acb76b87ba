"""Streams of readings, written into the landing zone as files."""
