"""What was erased is not staged again, however it is written and delivered."""
