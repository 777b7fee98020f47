# Everything a person does here. `make` lists it; the first target that needs Python makes the venv itself.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := $(or $(OTEL_TOKENS_VENV),.venv)
PY := $(VENV)/bin/python
BUILD := build
# The venv is right for exactly this checkout and these pins: its stamp carries their hash.
KEY := $(shell { pwd; cat pyproject.toml requirements/dev.txt; } | sha256sum | cut -c1-16)
STAMP := $(VENV)/.otel-tokens-$(KEY)

# Scripts that take part in `check` when they are there: what they could not run they append to this file, "what: why".
export OTEL_TOKENS_SKIPPED := $(abspath $(BUILD))/skipped.txt
GENERATORS := $(wildcard tools/generate*.py)
LATE := $(if $(wildcard tools/matrix.py),matrix-short) \
        $(if $(wildcard tools/transparency/run.py),transparency-short) \
        $(if $(wildcard tools/coexistence.py),coexistence-short) \
        $(if $(wildcard tools/frameworks.py),frameworks-short)

say = printf '\033[1m▸ %s\033[0m\n'
need = test -e $(1) || { echo "make $@: $(1) is not in this tree, so there is nothing to run" >&2; exit 1; }

.PHONY: help
help:
	@grep -E '^[a-z][a-z-]*:.*## ' Makefile | awk -F':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

.PHONY: demo
demo: $(STAMP) ## a whole agent run on a loopback vendor server: spans, cost, roll-up (no key, no network)
	@$(VENV)/bin/otel-tokens demo

.PHONY: test
test: $(STAMP) ## all tests, in random order, against the real SDKs on loopback (under 5 minutes)
	@$(say) "test"
	$(PY) -m pytest -q $(ARGS)

.PHONY: check
check: $(STAMP) ## everything CI runs: lint, types, imports, tests, generated files, matrix, short long-runs (under 20 minutes)
	@mkdir -p $(BUILD); rm -f $(BUILD)/test.log; : > $(OTEL_TOKENS_SKIPPED)
	$(MAKE) lint types imports
	$(MAKE) test | tee $(BUILD)/test.log
	$(MAKE) generated $(LATE)
	$(say) "check passed in $$SECONDS s; skipped:"
	{ grep '^SKIPPED' $(BUILD)/test.log || true; cat $(OTEL_TOKENS_SKIPPED); } | sed 's/^/  /' | grep . || echo "  nothing"

.PHONY: lint
lint: $(STAMP) ## ruff: style and the rules that pyproject.toml gives reasons for
	@$(say) "lint"
	$(VENV)/bin/ruff check --quiet --output-format concise .
	$(VENV)/bin/ruff format --check --quiet . || { echo "not formatted: run $(VENV)/bin/ruff format ." >&2; exit 1; }

.PHONY: types
types: $(STAMP) ## pyright, strict over src
	@$(say) "types"
	$(VENV)/bin/pyright --pythonpath $(PY)

.PHONY: imports
imports: $(STAMP) ## import-linter: the architecture as contracts
	@$(say) "imports"
	$(VENV)/bin/lint-imports --no-cache --no-logo

.PHONY: generated
generated: $(STAMP) ## every tools/generate*.py would write what is committed
	@$(say) "generated files"
	for script in $(GENERATORS); do echo "  $$script"; $(PY) $$script --check; done

.PHONY: bench
bench: $(STAMP) ## the figures that the README quotes
	@$(call need,benchmarks)
	$(PY) -m benchmarks

.PHONY: matrix
matrix: $(STAMP) ## the promises against old and new versions of every SDK
	@$(call need,tools/matrix.py)
	$(say) "matrix"
	$(PY) tools/matrix.py $(ARGS)

.PHONY: transparency
transparency: $(STAMP) ## the SDKs' own test suites, with and without us
	@$(call need,tools/transparency/run.py)
	$(say) "transparency"
	$(PY) tools/transparency/run.py $(ARGS)

.PHONY: coexistence
coexistence: $(STAMP) ## beside other instrumentations: one call is counted once
	@$(call need,tools/coexistence.py)
	$(say) "coexistence"
	$(PY) tools/coexistence.py $(ARGS)

.PHONY: frameworks
frameworks: $(STAMP) ## the steps of the agent frameworks, on the real ones
	@$(call need,tools/frameworks.py)
	$(say) "frameworks"
	$(PY) tools/frameworks.py $(ARGS)

.PHONY: demo-agents
demo-agents: $(STAMP) ## each agent framework's example on the loopback vendor, and its tree
	@$(PY) tools/frameworks.py --demo $(ARGS)

.PHONY: matrix-short transparency-short coexistence-short frameworks-short
matrix-short transparency-short coexistence-short frameworks-short: %-short:
	@$(MAKE) $* ARGS=--short

# The versions that the files were built from: newer ones may have other figures, and other fields.
GENAI_PRICES := 0.2.3
LITELLM_VERSION := 1.109.1

.PHONY: prices
prices: ## write the price files anew: make prices, or offline make prices LITELLM=path/to/wheel
	@$(PYTHON) -m venv $(BUILD)/prices-venv
	$(BUILD)/prices-venv/bin/pip install --quiet --disable-pip-version-check genai-prices==$(GENAI_PRICES)
	$(if $(LITELLM),,$(BUILD)/prices-venv/bin/pip download --quiet --no-deps --dest $(BUILD) litellm==$(LITELLM_VERSION))
	PYTHONPATH=src $(BUILD)/prices-venv/bin/python -m otel_tokens.importers --report $(BUILD)/prices.md \
	  $(or $(LITELLM),$(BUILD)/litellm-$(LITELLM_VERSION)-*.whl)

.PHONY: provider
provider: $(STAMP) ## scaffold a provider, its case and its bodies: make provider NAME=x
	@test -n "$(NAME)" || { echo "say which: make provider NAME=groq" >&2; exit 1; }
	$(call need,tools/scaffold.py)
	$(PY) tools/scaffold.py $(NAME)

.PHONY: clean
clean: ## remove the venv, caches and build output
	@rm -rf .venv .otel-tokens $(BUILD) dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
	  echo "$(PYTHON) is missing or older than 3.11. On Debian: apt-get install python3 python3-venv; or name another: make PYTHON=python3.12" >&2; exit 1; }
	$(PY) -m pip --version >/dev/null 2>&1 || {
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || {
	    echo "$(PYTHON) cannot make a venv (no ensurepip). On Debian: apt-get install python3-venv" >&2; exit 1; }
	  $(say) "making $(VENV)"
	  $(PYTHON) -m venv --clear $(VENV); }
	$(say) "installing the pinned tools and this checkout into $(VENV) (the first time about a minute)"
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt -e .
	rm -f $(VENV)/.otel-tokens-*
	touch $@
