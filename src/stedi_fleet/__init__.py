"""Data to try a lake with: a simulated fleet, and recordings of real walks."""
