"""Questions to a lake that change nothing: tables, SQL, status, differences, why rows are there."""
