SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
UV_VERSION := 0.13.8

export UV_PYTHON_DOWNLOADS := never
export PIP_ROOT_USER_ACTION := ignore
export UV_CACHE_DIR ?= $(CURDIR)/.tools/cache
export VIRTUAL_ENV := $(CURDIR)/.venv

UV := .tools/bin/uv
BIN := .venv/bin
ORDERS ?= 200
STAMP := .venv/.installed
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make requirements"

.PHONY: help install chromium demo demo-check demo-reset test replay bench screenshots lint format requirements clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(STAMP) ## the virtual environment, exactly as pinned

demo: install ## everything on this machine, with a story in it, until Ctrl-C
	@exec $(BIN)/python -m config.local demo

demo-check: install ## the same, drives the main job by itself, exits 0 or 1
	@exec $(BIN)/python -m config.local demo-check

demo-reset: install ## the demo from an empty start
	@exec $(BIN)/python -m config.local demo-reset

test: install chromium ## all tests (TESTS=path picks some)
	@exec $(BIN)/python -m pytest -n 2 --dist worksteal $(TESTS)

replay: install ## a year's events in ORDERS random orders (200), and its reconciliation killed every day; in minutes
	@exec $(BIN)/python -m pytest -n 2 --dist worksteal tests/flows/replay tests/flows/reconciled_year \
		--replay-orders $(ORDERS) --killed-days 365

chromium: install
	@$(BIN)/python -m config.local.chromium

bench: install ## every performance figure the docs quote; exits 1 below a floor
	@exec $(BIN)/python -m tests.bench

screenshots: install chromium ## a picture of every page, phone and desktop
	@exec $(BIN)/python -m tests.browser.screenshots

lint: export DEBUG := 1
lint: export DATABASE_URL :=
lint: export STRIPE_SECRET_KEY := sk_test_that_is_long_enough_for_dj_stripe
lint: install ## style, types, import contracts, missing migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -W ignore manage.py makemigrations --check --dry-run --skip-checks

format: install ## put the code into its one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

requirements: $(UV) ## pin the newest versions that pyproject.toml allows
	$(COMPILE) --upgrade --extra local --extra dev --output-file requirements-dev.txt pyproject.toml
	$(COMPILE) --constraint requirements-dev.txt --output-file requirements.txt pyproject.toml
	echo 'uv==$(UV_VERSION)' | $(COMPILE) --no-annotate --output-file requirements-uv.txt -

clean: ## stop whatever runs here and remove all that was made
	@if [ -d config/local ]; then $(PYTHON) -m config.local.clean; fi
	@rm -rf .venv .tools .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV): requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@echo "installing uv $(UV_VERSION)"
	@rm -rf .tools/uv .tools/uv-*.dist-info .tools/bin
	@$(PYTHON) -m pip install --quiet --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes \
		--target .tools -r requirements-uv.txt
	@touch $(UV)

$(STAMP): requirements-dev.txt $(UV)
	@if ! [ -f $(STAMP) ] || [ "$$(cat $(STAMP))" != "$$(sha256sum < requirements-dev.txt)" ]; then \
		echo "installing the pinned packages"; \
		[ -x $(BIN)/python ] || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" .venv; \
		$(UV) pip sync --quiet --require-hashes --python $(BIN)/python requirements-dev.txt; \
		sha256sum < requirements-dev.txt > $(STAMP); \
	fi
	@touch $(STAMP)
