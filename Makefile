# Every job of the project is a target here; `make help` lists them.

PYTHON  ?= python3.11
PROFILE ?= demo
VENV    := .venv
BIN     := $(VENV)/bin
RUN     := $(BIN)/python -m pipelines
# What a profile asks for as ${NAME}: make run PROFILE=crowd CORPUS=folder BASE=openai/whisper-base
INPUTS  := CORPUS BASE RUSSIAN TEXT RUSSIAN_TEXT NOISE ROOMS
PROFILE_FILE = --profile configs/$(PROFILE).yaml $(foreach name,$(INPUTS),$(if $(findstring command,$(origin $(name))),--set '$(name)=$($(name))'))
UV      := $(BIN)/uv pip install --quiet --constraint constraints.txt
# DVC would keep its index in /var/tmp, and wants a name of a user who may have none.
DVC     := DVC_SITE_CACHE_DIR="$(CURDIR)/.ovoz/dvc" LOGNAME="$${LOGNAME:-$$(id -un 2>/dev/null)}" $(BIN)/dvc
# Two processes of one thread each are faster than one of two: the networks of the tests are tiny.
PYTEST  := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile
COMPILE := $(BIN)/uv pip compile pyproject.toml --no-annotate --no-header --quiet

# A folder of wheels named for pip serves uv too; elsewhere uv picks torch's build for the hardware.
ifdef PIP_FIND_LINKS
export UV_FIND_LINKS := $(PIP_FIND_LINKS)
else
export UV_TORCH_BACKEND ?= auto
endif

# Images for containers often switch bytecode off; every process here would compile its imports anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help
help: ## List the targets
	@awk -F':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z -]+:.*## / {printf "  \033[36m%-29s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Install

$(BIN)/uv:
	@echo "Creating $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet uv==0.13.8

CLIENTS := clients/python clients/audiosocket clients/wyoming
EDITABLE_CLIENTS := $(foreach client,$(CLIENTS),--editable $(client))

$(VENV)/.installed: $(BIN)/uv pyproject.toml constraints.txt $(CLIENTS:=/pyproject.toml)
	@echo "Installing the pipelines and the service (about 2 GB, one to three minutes)"
	@$(UV) --editable '.[pipelines,serve]' $(EDITABLE_CLIENTS)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing the developers' tools"
	@$(UV) --editable '.[dev]'
	@touch $@

.PHONY: install install-dev
install: $(VENV)/.installed ## Install what `make run` needs into .venv
install-dev: $(VENV)/.installed-dev ## Install the developers' tools too

##@ The main job

.PHONY: run smoke process-data validate-data augment-data train train-debug evaluate evaluate-all export-model optimize-model pseudo-labels splices segments monitoring promote repro
run: install ## All of it: data, training, gates, export, registry, promotion, service
	@$(RUN) run $(PROFILE_FILE)

process-data: install ## Ingest the corpus into data/ and put it under DVC
	@$(RUN) ingestion $(PROFILE_FILE)

validate-data: install ## Check the corpus; set aside what fails; write the data page
	@$(RUN) validation $(PROFILE_FILE)

augment-data: install ## Write the fixed noisy copy of the test split
	@$(RUN) data $(PROFILE_FILE)

train: install ## Train, evaluate, gate, export and register
	@$(RUN) training $(PROFILE_FILE)

train-debug: smoke ## The same with a tiny corpus and a few steps

smoke: install ## Every step of the whole run on a tiny corpus, in build/smoke
	@$(RUN) run --profile configs/smoke.yaml --workspace build/smoke

evaluate: install ## Score the production model on the test split
	@$(BIN)/ovoz evaluate

evaluate-all: install ## Score it on every test set, slice by slice
	@$(BIN)/ovoz evaluate --all

export-model optimize-model: install ## Export to ONNX and quantize; what is trained is not trained again
	@$(RUN) training $(PROFILE_FILE)

pseudo-labels: install ## Transcribe recordings without transcripts; keep what is good enough to train on
	@$(RUN) pseudo-labels $(PROFILE_FILE)

splices: install ## Make switched utterances out of the corpus's monolingual ones
	@$(RUN) splices $(PROFILE_FILE)

segments: install ## Cut long recordings with a transcript into utterances to train on
	@$(RUN) segments $(PROFILE_FILE)

monitoring: install ## Hold production's traffic against its test set; report, and act by the policy
	@$(RUN) monitoring $(PROFILE_FILE)

promote: install ## Promote the candidate through staging to production, or to its canary
	@$(RUN) promotion $(PROFILE_FILE)

repro: install ## The same by DVC's stages, as far as something changed (OPTIONS=--dry: shows them)
	@test -d data || $(RUN) ingestion $(PROFILE_FILE)
	@$(DVC) repro $(OPTIONS)

.PHONY: data-remote
data-remote: install ## Keep the corpus elsewhere: make data-remote URL=s3://bucket/path
	@test -n "$(URL)" || { echo "usage: make data-remote URL=s3://bucket/path"; exit 2; }
	@$(UV) --editable '.[pipelines,serve,s3]'
	@$(DVC) remote modify local url "$(URL)"
	@$(DVC) push

##@ Serve and look

.PHONY: serve serve-debug ui tensorboard benchmark benchmark-open benchmark-long benchmark-base benchmark-gpu benchmark-http benchmark-streaming benchmark-training benchmark-adaptation benchmark-exports
serve: install ## Serve the production model on 127.0.0.1:3000
	@$(BIN)/ovoz serve

serve-debug: install ## The same, telling every request
	@$(BIN)/ovoz serve --debug

ui: install ## MLflow, ZenML's dashboard and the reports, on loopback
	@$(BIN)/python -m pipelines ui

tensorboard: install ## Learning curves
	@$(BIN)/tensorboard --logdir .ovoz/training --host 127.0.0.1

benchmark: install-dev ## Speed of the engines on held-out clips, beside Whispers of the same size
	@$(BIN)/python benchmarks/engines.py .ovoz/registered data/audio/dev

benchmark-base: install-dev ## The same at the dimensions of whisper-base, random weights
	@$(BIN)/python benchmarks/engines.py --base

benchmark-gpu: install ## Utterances a second on a GPU, by batch size, and how near its ceiling
	@$(BIN)/python benchmarks/gpu.py

benchmark-open: install ## Words that training never had: what each decoder writes
	@$(BIN)/python benchmarks/open_vocabulary.py .ovoz/registered data

benchmark-long: install ## Ten hours of audio: speed and memory
	@$(BIN)/python benchmarks/long_audio.py .ovoz/registered data/audio/dev --minutes 600

benchmark-http: install-dev ## The service over HTTP under load, beside a faster-whisper server
	@$(BIN)/python benchmarks/http_load.py .ovoz/registered data

benchmark-streaming: install-dev ## Live captions: latency, flicker and word errors of streams side by side
	@$(BIN)/python benchmarks/streaming.py .ovoz/registered data

benchmark-training: install ## Audio hours trained on in an hour, beside the usual loop
	@$(BIN)/python benchmarks/training_throughput.py

benchmark-exports: install ## Every export of the trained network beside it: errors, speed, size
	@$(BIN)/python benchmarks/exports.py "$$(ls -td .ovoz/training/code-switch-*/checkpoint | head -n 1)" data

benchmark-adaptation: install ## A dialect learned by adapters alone
	@$(BIN)/python benchmarks/adaptation.py "$$(ls -td .ovoz/training/code-switch-*/checkpoint | head -n 1)" data

##@ Deploy

IMAGES     ?= asr-api asr-model worker collector mlflow pipelines
BUILDER    ?= docker
REPOSITORY ?= registry.example.org/ovoz
TAG        ?= latest
ACCELERATOR ?= cpu
TORCH_BACKEND ?= cpu

.PHONY: images test-images compose-secrets dashboards manifests terraform-policy terraform-arguments
images: ## Build the images: make images BASE=debian:bookworm-slim@sha256:… [IMAGES=…] [BUILDER=buildah]
	@test -n "$(BASE)" || { echo "usage: make images BASE=docker.io/library/debian:bookworm-slim@sha256:…"; exit 2; }
	@for image in $(IMAGES); do $(BUILDER) build --file deploy/images/Containerfile --target $$image \
	  --build-arg BASE=$(BASE) --build-arg ACCELERATOR=$(ACCELERATOR) --build-arg TORCH_BACKEND=$(TORCH_BACKEND) \
	  --build-arg VERSION=$(TAG) --build-arg REVISION=$$(git rev-parse HEAD) --tag $(REPOSITORY)/$$image:$(TAG) . || exit 1; done

test-images: install-dev ## Build the API's image on a debootstrapped base and ask it (root, buildah, debootstrap)
	@OVOZ_TEST_IMAGES=1 $(BIN)/python -m pytest tests/deploy/test_images.py -m slow

compose-secrets: install-dev ## Draw the secrets of deploy/compose
	@$(BIN)/python deploy/compose/make_secrets.py

dashboards: install-dev ## Write Grafana's dashboards anew
	@$(BIN)/python deploy/monitoring/dashboards.py

manifests: install-dev ## Write kustomize's base anew, from the chart
	@$(BIN)/python deploy/kubernetes/render.py

terraform-policy: $(BIN)/uv ## Hold deploy/terraform/aws against checkov's policies
	@$(BIN)/uv tool run --from checkov==3.3.30 checkov --config-file deploy/terraform/checkov.yaml

terraform-arguments: $(BIN)/uv ## Compare the modules with the schemas of the providers (150 MB are fetched)
	@$(BIN)/uv run --no-project --with python-hcl2==8.1.4 --with cdktf-cdktf-provider-aws==21.22.1 \
	  --with cdktf-cdktf-provider-google==16.12.1 --with cdktf-cdktf-provider-azurerm==14.23.1 python deploy/terraform/arguments.py

.PHONY: clean
clean: ## Remove data, reports and all state, production included; asks first (YES=1: does not)
	@test -n "$(YES)" || { printf "Remove data, reports and .ovoz, with the registry and what is in production? [y/N] "; read -r answer && test "$$answer" = y; }
	@rm -rf .ovoz .dvc/cache .dvc/tmp build data reports .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

##@ Quality

.PHONY: test test-slow test-model test-orchestrators lint format
test: install-dev ## Run the default tests with their coverage of the packages
	@$(PYTEST) -m "not slow" --durations=10 --cov --cov-report=term --cov-fail-under=85

test-slow: install-dev ## Run the marked slow tests
	@$(PYTEST) -m slow --durations=15

test-model: install-dev ## Behaviour of the trained model: gain, silence, speed, joined clips
	@test -d "$${TEST_MODEL:-.ovoz/registered}" || { echo "no trained model here: make run, or TEST_MODEL=FOLDER TEST_DATA=FOLDER"; exit 2; }
	@$(BIN)/python -m pytest tests/model -rs

test-orchestrators: $(BIN)/uv ## Compile and submit a run for Kubernetes and Kubeflow, in an environment of its own
	@test -d .venv-orchestrators || $(BIN)/uv venv --quiet --python $(BIN)/python .venv-orchestrators
	@$(BIN)/uv pip install --quiet --python .venv-orchestrators/bin/python --constraint constraints-kubernetes.txt --editable '.[pipelines,kubernetes]' pytest pytest-timeout hypothesis
	@.venv-orchestrators/bin/python -m pytest -q tests/orchestrators -m slow

lint: install-dev ## Format check, lint, types, import arrows, dead code, workflows, Containerfile
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/vulture
	@$(BIN)/actionlint
	@$(BIN)/zizmor --offline --quiet .github
	@$(BIN)/hadolint --ignore DL3008 --ignore DL3009 deploy/images/Containerfile

format: install-dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: lock
lock: $(BIN)/uv ## Resolve the dependencies anew into constraints.txt and constraints-kubernetes.txt
	@$(COMPILE) --extra dev --extra s3 | sed 's/+cpu$$//' > constraints.txt.tmp
	@$(COMPILE) --extra pipelines --extra kubernetes | sed 's/+cpu$$//' > constraints-kubernetes.txt.tmp
	@mv constraints.txt.tmp constraints.txt
	@mv constraints-kubernetes.txt.tmp constraints-kubernetes.txt
