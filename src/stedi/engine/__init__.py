"""Where transforms run: a Spark session, and nothing else."""
