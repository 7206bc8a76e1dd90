# The work is in scripts/; every target sets up what it needs, once.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV ?= .venv
PY := $(VENV)/bin/python
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

.PHONY: help demo test check contract bench generate fix serve clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.runtime: pyproject.toml constraints.txt scripts/bootstrap.py
	@$(or $(PYTHON),$(error Python 3.11 or later is needed; name one with PYTHON=...)) scripts/bootstrap.py $(VENV) runtime

$(VENV)/.dev: pyproject.toml constraints.txt scripts/bootstrap.py package.json
	@$(or $(PYTHON),$(error Python 3.11 or later is needed; name one with PYTHON=...)) scripts/bootstrap.py $(VENV) dev

demo: $(VENV)/.runtime ## run the guide's whole workflow on this machine, or on SPRITES_API_URL
	@$(PY) scripts/demo.py

test: check ## everything a change must pass: make check, then all tests
	$(PY) scripts/test.py $(ARGS)

check: $(VENV)/.dev ## format, lint, types, import contracts, spec rules, drift
	$(PY) scripts/check.py

contract: $(VENV)/.dev ## prove a server against openapi.yaml: the local one, or URL=... TOKEN=...
	$(PY) scripts/contract.py $(if $(URL),--url $(URL)) $(ARGS)

bench: $(VENV)/.dev ## compare with sprites-py, measure the local server; writes bench/results.md
	$(PY) bench/run.py $(ARGS)

generate: $(VENV)/.dev ## openapi.yaml -> generated/sprites_api, _async -> _sync, public API listing
	$(PY) scripts/generate.py
	$(PY) scripts/unasync.py
	$(PY) scripts/public_api.py

fix: $(VENV)/.dev ## format, sort imports, apply safe lint fixes
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

serve: $(VENV)/.runtime ## start the local server and print its URL and token
	@$(PY) -m sprites_local serve $(ARGS)

clean: ## remove the environment and all caches
	rm -rf $(VENV) build dist reports .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
