"""How far and how deep is looked into what is packed or encoded."""

CHUNK_BYTES = 4 << 20
DEEPEST = 6
LARGEST_INNER_BYTES = 1 << 30
"""What lies packed inside another file and must be read from any place is held in memory up to here."""

HARMLESS_BYTES = 64 << 20
LARGEST_EXPANSION = 250
LARGEST_BYTES = 4 << 30
MOST_NAMED = 5
"""So many places of a file are named that nobody can search; of more their number."""

LARGEST_DIGEST_BYTES = 64
"""SHA-512's. Some digests begin as packings do: what is so short and cannot be read is no failure."""
