"""Training and judging models that find steps."""
