# The user's engine: Spark 3.5.6 with Iceberg 1.10.0, as on Glue 5.1.

SPARK_PYTHON := .venv-spark/bin/python

# Spark comes as source, so what builds it is pinned, and installed, before it; its jars are packed already.
.venv-spark/.ready: constraints/uv.txt constraints/spark-build.txt constraints/spark.txt
	python3.11 -m venv --clear .venv-spark
	$(SPARK_PYTHON) $(PIP) --require-hashes -r constraints/uv.txt
	$(call install,$(SPARK_PYTHON),--require-hashes -r constraints/spark-build.txt)
	$(call install,$(SPARK_PYTHON),--require-hashes --no-build-isolation --config-settings=--build-option=--compression=stored -r constraints/spark.txt)
	$(call install,$(SPARK_PYTHON),--no-deps --no-build-isolation -e .)
	touch $@

.cache/jars: constraints/jars.txt
	python3.11 tests/spark/jars.py $< $@

.PHONY: test-spark
test-spark: .venv/.ready .venv-spark/.ready .cache/jars ## Every table, Sail against Spark 3.5.6; Glue and S3 emulated
	$(PYTHON) tests/spark/sail_side.py .cache/sail_side
	$(SPARK_PYTHON) -m pytest -n 2 --dist loadfile tests/spark tests/aws --ignore tests/spark/test_lakes.py --ignore tests/spark/test_wheel.py

.PHONY: test-lakes
test-lakes: .venv/.ready .venv-spark/.ready .cache/jars ## Whole lakes, Sail against Spark on Glue's catalog, and the wheel's jobs; takes long
	$(PYTHON) tests/spark/sail_side.py .cache/sail_side
	$(SPARK_PYTHON) -m pytest -m long tests/spark/test_transforms.py tests/spark/test_bench.py \
		tests/spark/test_replay.py tests/spark/test_driver.py
	$(PYTHON) tests/spark/sail_lakes.py .cache/sail_lakes
	$(SPARK_PYTHON) -m pytest -n 2 --dist loadfile --durations 12 tests/spark/test_lakes.py tests/spark/test_wheel.py
	$(PYTHON) tests/spark/sail_lakes.py .cache/sail_lakes --back
