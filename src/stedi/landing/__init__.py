"""The landing zone: what arrived, line by line, as received."""
