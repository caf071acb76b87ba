# `make` lists the targets; each sets up what it needs.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON := .venv/bin/python

# Python compiles what is imported, once: to compile all that is installed takes longer than fetching it.
unexport PYTHONDONTWRITEBYTECODE
# Three on two cores, for tests wait; in the order of files, for the last ones are short. See tests/conftest.py.
SIDE_BY_SIDE := -n 3 --dist loadfile --no-loadscope-reorder
PIP := -m pip install -q --disable-pip-version-check --no-compile
# $(call install,PYTHON,ARGUMENTS): by uv, in a seventh of pip's time; by pip where uv finds no way to the index.
install = $(1) -m uv pip install -q --python $(1) $(2) || $(1) $(PIP) $(2)

include make/*.mk

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z][a-z-]*:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 24

.venv/.ready: constraints/uv.txt constraints/dev.txt pyproject.toml
	python3.11 -m venv --clear .venv
	$(PYTHON) $(PIP) --require-hashes -r constraints/uv.txt
	$(call install,$(PYTHON),--require-hashes -r constraints/dev.txt)
	$(call install,$(PYTHON),--no-deps --no-build-isolation -e .)
	touch $@

.PHONY: demo
demo: .venv/.ready ## Simulate a fleet and take it from landing to curated
	.venv/bin/stedi --lake demo/lake demo

.PHONY: test
test: .venv/.ready ## All tests that need Python only
	$(PYTHON) -m pytest $(SIDE_BY_SIDE) --timeout 900

.PHONY: test-long
test-long: .venv/.ready ## Tests that take minutes: each landing case through a lake of its own
	$(PYTHON) -m pytest -m long

N ?= 1000
SEED ?= 1

.PHONY: fuzz-requests
fuzz-requests: .venv/.ready ## N requests of every form, killed and resumed, from SEED on: each ends or is refused
	cd tests && ../$(PYTHON) fuzzed_requests.py --requests $(N) --seed $(SEED)

.PHONY: test-extras
test-extras: .venv/.ready ## Install each extra from the wheel into an empty environment, and run commands with it
	rm -rf .cache/wheel
	$(PYTHON) -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w .cache/wheel .
	$(PYTHON) tests/extras.py .cache/wheel/*.whl

.PHONY: test-mutants
test-mutants: .venv/.ready ## Break the rules about people in every small way: a test must notice
	$(PYTHON) tests/mutants.py

.PHONY: check
check: check-fast test ## The whole gate: style, types, layers, generated files, tests

.PHONY: check-fast
check-fast: .venv/.ready ## Style, types, layers, generated files
	.venv/bin/ruff format --check src tests bench infra
	.venv/bin/ruff check src tests bench infra
	.venv/bin/mypy
	.venv/bin/lint-imports --config .importlinter
	$(PYTHON) -m stedi.cli.generated --check

.PHONY: docs
docs: .venv/.ready ## Write the generated pages, statements and the privacy register
	$(PYTHON) -m stedi.cli.generated

.PHONY: privacy
privacy: docs ## What this tree changes in the privacy register
	git diff --stat main -- docs/privacy-register.md
	git diff main -- docs/privacy-register.md

.PHONY: clean
clean: ## Remove environments, caches and the demo lake
	rm -rf .venv .venv-spark .venv-infra .cache demo dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
