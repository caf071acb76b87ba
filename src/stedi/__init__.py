"""The STEDI lakehouse: consented sensor readings, from landing to curated."""

__version__ = "0.1.0"
