"""Signals of walking: readings, the front end, features, and labels from distance; numpy only."""
