"""What a table is: declared once, everything else derived."""
