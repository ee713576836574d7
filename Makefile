# Everything sets itself up: a fresh clone needs Python 3.11 or newer and make. `make` alone lists the targets.
.DEFAULT_GOAL := help
.PHONY: help demo test test-sqlite test-loyalty-only test-postgres test-newest lint soak messages clean
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

# Of the Pythons named in $(1), the first that starts, is at least 3.$(2) and can make a virtual environment.
find_python = $(shell for python in $(1); do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, $(2)))' >/dev/null 2>&1 \
	&& { echo "$$python"; break; }; done)

PYENV := $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python3.13 $(HOME)/.pyenv/versions/3.12*/bin/python3.12)
VENV := .venv
PYTHON := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
NEWEST := .venv-newest
NEWEST_INSTALLED := $(NEWEST)/.installed

PYTEST_OPTIONS ?= -q -n auto
LOYALTY_SOAK ?= 10000

# make demo serves the shop when it is done: at a terminal, or anyway with SERVE=1, never with SERVE=0.
ADDRESS ?= 127.0.0.1:8000
SERVE ?= auto

help:
	@echo "make demo         the example shop, filled with data, on a fresh SQLite file; SERVE=0 does not serve it"
	@echo "make test         all tests: SQLite, loyalty alone, PostgreSQL if it answers"
	@echo "make test-newest  all tests on SQLite with the newest Python and Django"
	@echo "make lint         style, types, layers"
	@echo "make soak         property tests with LOYALTY_SOAK=$(LOYALTY_SOAK) examples each, and the slow tests"
	@echo "make messages     gather and compile the texts to translate"
	@echo "make clean        remove what these targets made"

$(INSTALLED): pyproject.toml
	@base="$(call find_python,python3.11 python3.12 python3.13 python3 $(PYENV),11)"; \
	test -n "$$base" || { echo "No Python 3.11 or newer with venv was found." >&2; exit 1; }; \
	test -x $(PYTHON) || { echo "Making $(VENV) with $$base"; "$$base" -m venv $(VENV); }
	@echo "Installing into $(VENV)"
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(NEWEST_INSTALLED): pyproject.toml
	@base="$(call find_python,python3.13 python3.12 $(PYENV) python3,12)"; \
	test -n "$$base" || { echo "No Python 3.12 or newer with venv was found." >&2; exit 1; }; \
	test -x $(NEWEST)/bin/python || { echo "Making $(NEWEST) with $$base"; "$$base" -m venv $(NEWEST); }
	@echo "Installing into $(NEWEST)"
	@$(NEWEST)/bin/python -m pip install -qq --disable-pip-version-check --upgrade --editable '.[dev]' 'django>=6'
	@touch $@

demo: $(INSTALLED)
	@$(PYTHON) manage.py demo --address $(ADDRESS)
	@if [[ "$(SERVE)" == 1 || ( "$(SERVE)" == auto && -t 0 && -t 1 ) ]]; then \
		$(PYTHON) manage.py runserver $(ADDRESS); \
	fi

# SQLite is last, so that the line that closes the output counts most of the tests.
test: test-loyalty-only test-postgres test-sqlite

test-loyalty-only: $(INSTALLED)
	@echo "== loyalty alone, SQLite"
	@$(PYTHON) -m pytest $(PYTEST_OPTIONS) -m "not once" --ds tests.settings_loyalty_only tests/loyalty

test-postgres: $(INSTALLED)
	@if problem=$$($(PYTHON) -m tests.database 2>&1); then \
		echo "== both apps, PostgreSQL"; \
		LOYALTY_TEST_DB=postgres $(PYTHON) -m pytest $(PYTEST_OPTIONS) -m "not once and not browser"; \
	elif [[ "$${CI:-}" == true ]]; then \
		echo "FAILED: $$problem" >&2; exit 1; \
	else \
		echo "== PostgreSQL skipped. $$problem"; \
	fi

test-sqlite: $(INSTALLED)
	@echo "== both apps, SQLite"
	@$(PYTHON) -m pytest $(PYTEST_OPTIONS)

test-newest: $(NEWEST_INSTALLED)
	@$(NEWEST)/bin/python -c 'import django, sys; print("== both apps, SQLite, Python", sys.version.split()[0], "and Django", django.__version__)'
	@$(NEWEST)/bin/python manage.py makemigrations --check --dry-run
	@$(NEWEST)/bin/python -m pytest $(PYTEST_OPTIONS)

lint: $(INSTALLED)
	@echo "== ruff"
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@echo "== mypy"
	@$(VENV)/bin/mypy
	@echo "== layers"
	@$(VENV)/bin/lint-imports
	@echo "== migrations"
	@$(PYTHON) manage.py makemigrations --check --dry-run
	@echo "== messages"
	@$(PYTHON) -m tests.check_messages

soak: $(INSTALLED)
	@LOYALTY_SOAK=$(LOYALTY_SOAK) $(PYTHON) -m pytest $(PYTEST_OPTIONS) -m "soak or hypothesis"
	@if $(PYTHON) -m tests.database 2>/dev/null; then \
		LOYALTY_TEST_DB=postgres LOYALTY_SOAK=$(LOYALTY_SOAK) $(PYTHON) -m pytest $(PYTEST_OPTIONS) -m "soak or hypothesis"; \
	fi

messages: $(INSTALLED)
	@$(PYTHON) -m tests.check_messages --write

clean:
	rm -rf .venv .venv-newest build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -f example_project/demo.sqlite3*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
