# Trino 483 in the place of Athena: its engine and two connectors, on Java 25. By hand, not in CI.

.cache/trino: constraints/trino.txt tests/trino/pom.xml tests/trino/trino_jars.py
	python3.11 tests/trino/trino_jars.py $< $@

.PHONY: test-trino
test-trino: .venv/.ready .cache/trino ## Queries for Athena on a real Trino (needs JAVA_HOME of Java 25, 430 MB of jars)
	STEDI_TRINO=1 $(PYTHON) -m pytest tests/trino
