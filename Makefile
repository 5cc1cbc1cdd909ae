# Eight targets; each is safe to run twice and works without a network after its first run.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)

.PHONY: demo test lint bench docs reset lock licences

demo: $(VENV)/.demo-installed
	@$(BIN)/heart-uma demo $(ARGS)

reset: $(VENV)/.demo-installed
	@$(BIN)/heart-uma reset $(ARGS)

test: $(VENV)/.test-installed
	@$(BIN)/python -m tests.prepare
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadgroup $(ARGS)

lint: $(VENV)/.test-installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy

bench: $(VENV)/.demo-installed
	@$(BIN)/python -m bench $(ARGS)

docs: $(VENV)/.test-installed
	@$(BIN)/python -m docs $(ARGS)

licences: $(VENV)/.demo-installed
	@$(BIN)/python -m deploy.licences $(ARGS)

# Every package, the indirect ones too, with the hashes of its files: what was tested is installed.
lock: $(VENV)/.test-installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.13,<0.14'
	@for kind in "" test; do $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes \
	--no-annotate --python-version 3.11 --custom-compile-command "make lock" $(ARGS) --extra build \
	$${kind:+--extra $$kind} pyproject.toml --output-file requirements$${kind:+-$$kind}.txt || exit 1; done

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "heart-uma needs Python 3.11 or newer; none was found on this machine."; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
	echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu install it with: apt install python3-venv"; exit 1; }

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ITSELF := --no-deps --no-build-isolation --editable .

$(VENV)/.demo-installed: pyproject.toml requirements.txt | $(BIN)/python
	@test -f $(VENV)/.test-installed && test $(VENV)/.test-installed -nt pyproject.toml || { \
	echo "Installing heart-uma into $(VENV) (once) ..."; \
	$(PIP) --require-hashes --requirement requirements.txt && $(PIP) $(ITSELF); }
	@touch $@

$(VENV)/.test-installed: pyproject.toml requirements-test.txt | $(BIN)/python
	@echo "Installing heart-uma with its test tools into $(VENV) (once) ..."
	@$(PIP) --require-hashes --requirement requirements-test.txt && $(PIP) $(ITSELF)
	@touch $@
