# What things cost, measured beside others in turns; each script says more with --help.

# Copies of the starter data, and after a colon how many turns: SIZES="1:7 10".
SIZES ?= 1:7 10:3 50 200
SPARK_SIZES ?= 1 10 50
TIMES ?= 1
# Times the history on which a day, a grant and a withdrawal happen.
HISTORY ?= 1 5 25
# Of a lake on S3, of which the requests are counted.
BUCKETS ?= 16
BENCH = $(PYTHON) -m bench

.PHONY: bench
bench: bench-runs bench-incremental bench-requests bench-page ## Our run, a DuckDB script, plain PySpark and Spark, in turns: docs/benchmarks.md

.PHONY: bench-runs
bench-runs: .venv/.ready .venv-spark/.ready ## The runs alone: make bench-runs bench-page SIZES="1:3 10" SPARK_SIZES=1
	$(BENCH).runs --sizes "$(SIZES)" --spark-sizes "$(SPARK_SIZES)" --times $(TIMES)

.PHONY: bench-incremental
bench-incremental: .venv/.ready ## What a day, a grant and a withdrawal cost on HISTORY="1 5 25" times the history
	$(BENCH).incremental --times "$(HISTORY)"

.PHONY: bench-requests
bench-requests: .venv-spark/.ready .cache/jars ## Requests to S3 for stage and build, with BUCKETS="16 256"
	$(SPARK_PYTHON) -m bench.s3_requests --buckets "$(BUCKETS)"

.PHONY: bench-page
bench-page: .venv/.ready ## Write the pages of benchmarks from bench/results
	$(BENCH).page

.PHONY: bench-growth
bench-growth: .venv/.ready ## How a run grows with people who share devices, addresses and identities: slopes
	$(BENCH).growth
	$(BENCH).page

.PHONY: bench-following
bench-following: .venv/.ready ## Landing to published in `stedi follow`, on the demo's fleet
	$(BENCH).following
	$(BENCH).page

.PHONY: bench-reading
bench-reading: .venv/.ready ## Strict reading, MB per CPU second, beside lenient readers
	$(BENCH).reading

.PHONY: bench-detector
bench-detector: .venv/.ready ## What detecting costs a sample and a phone, and what training costs
	$(BENCH).detector --page docs/benchmarks-detector.md

.PHONY: docs-detection
docs-detection: .venv/.ready ## Land, train and judge the public recordings: docs/step-detection.md, docs/handling.md
	$(BENCH).detection --keep .cache/model
	$(BENCH).handling --model .cache/model

.PHONY: walks
walks: .venv/.ready ## Draw simulated walks beside recorded ones: docs/walks.md
	$(BENCH).walks
