"""Where data comes from: files, and lines with one verdict each."""
