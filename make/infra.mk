# AWS: Terraform, proven against an emulator; deployed with one command.

INFRA_PYTHON := .venv-infra/bin/python

# A folder of provider plugins, for machines without the public registry; used when it is there.
TF_PLUGINS ?= /opt/tf-plugins
DEPLOY = PYTHONPATH=src TF_CLI_CONFIG_FILE=$(CURDIR)/.cache/terraform.rc $(INFRA_PYTHON) infra/scripts/deploy.py
TERRAFORM = TF_CLI_CONFIG_FILE=$(CURDIR)/.cache/terraform.rc terraform -chdir=infra

# Every version is pinned, so nothing has to be resolved.
.venv-infra/.ready: constraints/uv.txt constraints/infra.txt
	python3.11 -m venv --clear .venv-infra
	$(INFRA_PYTHON) $(PIP) --require-hashes -r constraints/uv.txt
	$(call install,$(INFRA_PYTHON),--no-deps --require-hashes -r constraints/infra.txt)
	touch $@

.cache/terraform.rc: make/infra.mk
	@command -v terraform >/dev/null || { echo "Terraform is not installed, so nothing of infra/ was tested or applied. Install 1.11 or newer of 1.x." >&2; exit 1; }
	mkdir -p .cache
	if [ -d "$(TF_PLUGINS)" ]; then way='filesystem_mirror { path = "$(TF_PLUGINS)" }'; else way='direct {}'; fi; \
	  printf 'provider_installation {\n  %s\n}\n' "$$way" > $@

.PHONY: wheel
wheel: .venv/.ready ## Build the wheel that Glue installs, the same bytes from the same commit
	rm -rf dist && mkdir dist
	STEDI_WHEEL=glue SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(PYTHON) -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w dist .

.PHONY: check-infra
check-infra: .cache/terraform.rc ## Terraform: format, validity, its own tests
	terraform fmt -check -recursive infra
	$(TERRAFORM) init -backend=false -input=false -no-color >/dev/null
	$(TERRAFORM) validate -no-color
	$(TERRAFORM) test -no-color

.PHONY: test-infra
test-infra: .venv-infra/.ready wheel check-infra ## Terraform's tests; applied, re-planned and destroyed against the emulator; roles; checkov
	PYTHONPATH=src TF_CLI_CONFIG_FILE=$(CURDIR)/.cache/terraform.rc $(INFRA_PYTHON) -m pytest tests/infra

.PHONY: deploy
deploy: .venv-infra/.ready .cache/terraform.rc wheel ## Build, upload, apply, and create the lake: make deploy ENV=dev
	$(DEPLOY) $(ENV)

.PHONY: destroy
destroy: .venv-infra/.ready .cache/terraform.rc ## Take everything down again: make destroy ENV=dev
	$(DEPLOY) $(ENV) --destroy

.PHONY: smoke
smoke: .venv-infra/.ready .venv/.ready ## The whole chain on a real account, simulated people only: make smoke ENV=dev
	PYTHONPATH=src $(INFRA_PYTHON) infra/scripts/smoke.py $(ENV)

.PHONY: docs-costs
docs-costs: ## What AWS may cost, by a model whose inputs are stated: docs/costs.md
	python3.11 bench/costs.py
