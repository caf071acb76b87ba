"""Where data comes from: files, lines, simulated fleets."""
