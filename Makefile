# The commands of this house: chat, check, test, prove, mutants, pictures. Everything lives in .venv; nothing is installed elsewhere.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AIMOCK := 1.43.0
OPINION := $(VENV)/second-opinion

.PHONY: chat check format test prove mutants pictures clean

# stdout of `make chat` belongs to the answer alone: installation speaks on stderr, and only when it has something to do.
chat: $(VENV)/.installed
	@$(BIN)/massgen --demo

check: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: check
	$(BIN)/pytest -m "not slow" --numprocesses 2 --dist loadfile

prove: $(VENV)/.provable $(OPINION)/.aimock-$(AIMOCK)
	$(BIN)/pytest -m slow --numprocesses 2 --dist loadfile

mutants: $(VENV)/.mutable
	$(BIN)/python tests/mutation.py

pictures: $(VENV)/.ready
	$(BIN)/python -m tests.docs.pictures

clean:
	rm -rf $(VENV) build dist mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "MassGen needs Python 3.11 or newer; say which: make PYTHON=python3.12 chat" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >&2

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing MassGen into $(VENV) (once)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . >&2
	@touch $@

$(VENV)/.ready: $(VENV)/.installed
	@echo "Installing the tools for checks and tests into $(VENV) (once)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev >&2
	@touch $@

$(VENV)/.provable: $(VENV)/.ready
	@echo "Installing Claude Code into $(VENV) for the slow proofs (once, 168 MB)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[claude-code]" >&2
	@touch $@

# A mock of the providers that somebody else wrote. Without npm its tests are skipped, and say so.
$(OPINION)/.aimock-$(AIMOCK): | $(BIN)/python
	@if command -v npm >/dev/null; then \
	    echo "Installing a second opinion about the providers into $(OPINION) for the slow proofs (once, 12 MB)" >&2; \
	    npm install --prefix $(OPINION) --ignore-scripts --no-save --no-audit --no-fund --loglevel=error \
	        @copilotkit/aimock@$(AIMOCK) >&2 && touch $@; \
	else echo "npm is not installed: there is no second opinion about the providers" >&2; fi

$(VENV)/.mutable: $(VENV)/.ready
	@echo "Installing mutmut into $(VENV) for the mutation tests (once)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group mutants >&2
	@touch $@
