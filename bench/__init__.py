"""What things cost, measured beside others in turns: `python -m bench.NAME`, from the repository's root.

A test starts each script on a tiny input. Results are kept in `results/`; `page` writes docs/benchmarks.md.
"""
