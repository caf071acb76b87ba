# The user's engine: Spark 3.5.6 with Iceberg 1.10.0, as on Glue 5.1.

SPARK_PYTHON := .venv-spark/bin/python

.venv-spark/.ready: constraints/spark-build.txt constraints/spark.txt pyproject.toml
	python3.11 -m venv --clear .venv-spark
	.venv-spark/bin/pip install -q --require-hashes -r constraints/spark-build.txt
	.venv-spark/bin/pip install -q --require-hashes --no-build-isolation -r constraints/spark.txt
	.venv-spark/bin/pip install -q --no-deps --no-build-isolation -e .
	touch $@

.cache/jars: constraints/jars.txt .venv-spark/.ready
	$(SPARK_PYTHON) tests/spark/jars.py constraints/jars.txt $@

.PHONY: test-spark
test-spark: .venv/.ready .venv-spark/.ready .cache/jars ## Every transform, Sail against Spark 3.5.6; Glue and S3 emulated
	.venv/bin/python tests/spark/sail_side.py .cache/sail_side
	SAIL_SIDE=$(CURDIR)/.cache/sail_side $(SPARK_PYTHON) -m pytest tests/spark
