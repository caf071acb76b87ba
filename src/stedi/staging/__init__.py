"""What landed becomes staged rows: a verdict for every line, and the ledger as commit point."""
