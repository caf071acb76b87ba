"""Keep a lake small, and its keys fresh."""
