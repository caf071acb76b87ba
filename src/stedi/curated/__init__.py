"""The curated zone: pseudonymous, for science. It holds no identifier and no absolute time."""
