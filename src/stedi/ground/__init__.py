"""What everything stands on: errors, places, files that are whole, zones."""
