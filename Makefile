# Two commands for everybody:   make demo    make test
# One more for contributors:    make check
#
# Each target sets up its own .venv first (Python 3.11 or newer is all that must be there), from constraints.txt:
# every package in one exact version, checked against its hash. The set-up runs again only when the pins change.

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-clients test-live check lint format types bench proof soak pins screenshots

# Another interpreter: make test PYTHON=/path/to/python3.11
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
CLIENTS := tests/clients/node
CLIENTS_READY := $(CLIENTS)/node_modules/ready
# The tests start hundreds of processes: where no bytecode is kept, each would compile everything anew.
export PYTHONDONTWRITEBYTECODE :=

PIP_INSTALL := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check

help:
	@echo "make demo    two simulated CRMs that disagree become aligned; needs no account anywhere"
	@echo "make test    the whole test suite"
	@echo "make check   lint, format check, types and tests: what CI runs"
	@echo "make proof   every place where a sync may fail, in every way; more than an hour"
	@echo "make soak    days of work in two large CRMs, with faults; hours (SOAK_CONTACTS, SOAK_DAYS)"
	@echo "make test-clients   Node clients that others wrote, against the simulated CRMs (needs Node.js 18)"
	@echo "make test-live      the Python ones against your own test accounts: which assumptions hold there?"
	@echo "                    (without credentials it says what to set; REPORT=path writes path.json, path.md)"
	@echo ""
	@echo "make setup   only the .venv     make lint, make types   one check each"
	@echo "make format  rewrites layout    make pins               new versions into constraints.txt"

setup: $(READY)

demo: $(READY)
	@$(BIN)/smarketing demo

# Where there is a disk in memory, states are written to it: they wait for the disk after each step.
test: $(READY)
	PYTEST_DEBUG_TEMPROOT=$(wildcard /dev/shm) $(BIN)/python -m pytest -n 2 --dist worksteal

# Once undisturbed, once with faults that the clients' own tries get over.
test-clients: $(READY) $(CLIENTS_READY)
	cd $(CLIENTS) && npm test --silent
	cd $(CLIENTS) && npm run test:faults --silent

# Options: REPORT=path, or LIVE="--only WORD", LIVE=--clean-only
test-live: $(READY)
	@$(BIN)/python tests/clients/live.py $(if $(REPORT),--report "$(REPORT)") $(LIVE)

check: lint types test

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY)
	$(BIN)/mypy

$(READY): constraints.txt pyproject.toml
	@python=; \
	for name in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3; do \
	  if "$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	  then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "No Python 3.11 or newer with venv was found (tried: $(PYTHON) python3.11 ... python3)." >&2; \
	  echo "Install it (Debian, Ubuntu: python3.11 and python3.11-venv), or say where it is: make PYTHON=/path/to/python3.11" >&2; \
	  exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$("$$python" --version): the pinned packages, about a minute the first time ..."; \
	$(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	  || "$$python" -m venv --clear $(VENV)
	@$(PIP_INSTALL) --require-hashes -r constraints.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $(READY)

$(CLIENTS_READY): $(CLIENTS)/package-lock.json
	@node --test-concurrency=2 --version >/dev/null 2>&1 && npm --version >/dev/null 2>&1 || { \
	  echo "No Node.js 18.19 or newer with npm was found: it runs the clients that others wrote." >&2; \
	  echo "Install it (Debian, Ubuntu: nodejs and npm), and run make test-clients again." >&2; \
	  exit 2; \
	}
	@cd $(CLIENTS) && npm ci
	@touch $@

# What the default suite shows by a slice, in full.
proof: $(READY)
	PYTEST_DEBUG_TEMPROOT=$(wildcard /dev/shm) $(BIN)/python -m pytest -n 2 --dist worksteal -q -m proof tests

# Days of simulated work with faults: SOAK_CONTACTS=100000 SOAK_DAYS=5 unless told otherwise.
soak: $(READY)
	$(BIN)/python -m pytest -q -s -m soak tests

# How long a first sync of 20,000 contacts takes, and how much memory: about three minutes.
bench: $(READY)
	$(BIN)/python -m pytest -q -m bench tests/bench tests/unit/mapping/test_criteria.py

# The pictures of the record pages in docs/pictures. Needs chromium and chromedriver (Debian: chromium-driver).
screenshots: $(READY)
	$(BIN)/python tests/browser/screenshots.py

# For maintainers. The local pip configuration is left out, so that the hashes are those of the public index.
pins:
	@tools=$$(mktemp -d) && $(if $(PYTHON),$(PYTHON),python3.11) -m venv $$tools && \
	$$tools/bin/python -m pip install --quiet --disable-pip-version-check pip-tools && \
	env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null \
	  $$tools/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
	  --all-extras --build-deps-for editable --output-file $$tools/pins pyproject.toml && \
	(sed -n '1,2p' constraints.txt; cat $$tools/pins) > $$tools/new && cp $$tools/new constraints.txt && \
	rm -r $$tools
