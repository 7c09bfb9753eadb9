# Every job of the project is a target here; `make help` lists them.

PYTHON  ?= python3.11
PROFILE ?= demo
VENV    := .venv
BIN     := $(VENV)/bin
RUN     := $(BIN)/python -m pipelines
UV      := $(BIN)/uv pip install --quiet --constraint constraints.txt

# A folder of wheels named for pip serves uv too; elsewhere uv picks torch's build for the hardware.
ifdef PIP_FIND_LINKS
export UV_FIND_LINKS := $(PIP_FIND_LINKS)
else
export UV_TORCH_BACKEND ?= auto
endif

.DEFAULT_GOAL := help
.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  \033[36m%-16s\033[0m %s\n", $$1, $$2}'

##@ Install

$(BIN)/uv:
	@echo "Creating $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet uv==0.13.8

$(VENV)/.installed: $(BIN)/uv pyproject.toml constraints.txt
	@echo "Installing the pipelines and the service (about 2 GB, one to three minutes)"
	@$(UV) --editable '.[pipelines,serve]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing the developers' tools"
	@$(UV) --editable '.[dev]'
	@touch $@

.PHONY: install install-dev
install: $(VENV)/.installed ## Install what `make run` needs into .venv
install-dev: $(VENV)/.installed-dev ## Install the developers' tools too

##@ The main job

.PHONY: run process-data validate-data augment-data train train-debug promote
run: install ## Data, training, gates, export, registry, promotion, service: all of it
	@$(RUN) run --profile configs/$(PROFILE).yaml

process-data: install ## Ingest the corpus into data/ and put it under DVC
	@$(RUN) data --profile configs/$(PROFILE).yaml --until ingest

validate-data: install ## Check the corpus; quarantine what fails; write the Data Docs
	@$(RUN) data --profile configs/$(PROFILE).yaml --until validate

augment-data: install ## Write the fixed noisy copy of the test split
	@$(RUN) data --profile configs/$(PROFILE).yaml

train: install ## Train, evaluate, gate, export and register
	@$(RUN) training --profile configs/$(PROFILE).yaml

train-debug: install ## The same with a tiny corpus and a few steps
	@$(RUN) training --profile configs/smoke.yaml --workspace build/smoke

promote: install ## Promote the candidate through staging to production
	@$(RUN) promotion --profile configs/$(PROFILE).yaml

##@ Quality

.PHONY: test test-slow lint format
test: install-dev ## Run the default tests with coverage of ovoz/
	@$(BIN)/python -m pytest -m "not slow" --cov --cov-report=term

test-slow: install-dev ## Run the marked slow tests
	@$(BIN)/python -m pytest -m slow

lint: install-dev ## Format check, lint, types, import arrows
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: install-dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: lock
lock: $(BIN)/uv ## Resolve the dependencies anew into constraints.txt
	@$(BIN)/uv pip compile pyproject.toml --all-extras --no-annotate --no-header --quiet | sed 's/+cpu$$//' > constraints.txt.tmp
	@mv constraints.txt.tmp constraints.txt
