# Trust CRM. `make run` and `make test` set up everything they need; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PROJECTS := shared gateway deploy/local $(sort $(wildcard services/*))
JOBS ?= 2
# Only a port that somebody asked for is insisted on.
GIVEN_PORT := $(if $(filter command environment,$(firstword $(origin PORT))),--port $(PORT))

.PHONY: help install run reset test check format test-rules journeys acceptance contracts release-contracts requirements faults soak bench k8s-check migration clean

help: ## Show what can be done
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}'

install: .venv/.installed ## Create .venv with everything pinned (make run and make test do it by themselves)

.venv/.installed: requirements.txt $(addsuffix /pyproject.toml,$(PROJECTS))
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: install it, or say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Say: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	@echo "Setting up .venv (once; about a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-uv.txt
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(PROJECTS))
	@touch $@

run: install ## Start the whole system with demo data (PORT=9000 for another port) and play the journey; Ctrl-C stops it
	@$(BIN)/python -m local_stack run $(GIVEN_PORT)

reset: install ## Forget the local system's data
	@$(BIN)/python -m local_stack reset

test: install check ## Run all checks and tests on real PostgreSQL and real Kafka
	@$(BIN)/python -m local_stack fetch
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

check: install ## Format, lint, types, import contracts, architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(foreach project,$(PROJECTS),$(project)/src) tests/faults
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/architecture tests/contracts

format: install ## Format and fix what can be fixed
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

test-rules: install ## Run the pure rules' tests (seconds)
	@$(BIN)/python -m pytest -q -p no:cacheprovider $$(find tests -name 'test_rules*.py')

journeys: install ## Run the journeys through the gateway
	@$(BIN)/python -m pytest tests/journeys

acceptance: install ## Run the real data sets through the whole system
	@$(BIN)/python -m pytest -m acceptance tests/acceptance -s

contracts: install ## Write OpenAPI files, event schemas and examples anew from the code
	@$(BIN)/python -m shared.events.contracts write
	@for service in client_profile interaction_log complaints channel_commission ops_dashboard; do $(BIN)/python -m shared.http.contract $$service; done
	@$(BIN)/python -m gateway.openapi

release-contracts: install ## Keep today's events as those of this release: later ones may only grow
	@$(BIN)/python -m shared.events.release

requirements: install ## Resolve the pinned requirements anew
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-package trust-crm-shared requirements-dev.in $(addsuffix /pyproject.toml,$(PROJECTS)) -o requirements.txt
	@for project in gateway $(wildcard services/*); do $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-package trust-crm-shared $$project/pyproject.toml requirements-build.in -c requirements.txt -o $$project/requirements.txt; done

faults: install ## Play every fault on real PostgreSQL and Kafka (REPEAT=10; ONLY=broker; SEED=7; LONG=1 keeps ten minutes ten)
	@$(BIN)/python -m local_stack fetch
	@$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED)) campaign --repeat $(or $(REPEAT),1) $(if $(ONLY),--only "$(ONLY)") $(if $(LONG),--long)

soak: install ## Mix faults at random under load, one every 20 s (MINUTES=30; SEED=7 repeats one)
	@$(BIN)/python -m local_stack fetch
	@$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED)) soak --minutes $(or $(MINUTES),30)

bench: install ## Measure ratios in one run and write docs/benchmarks.md
	@$(BIN)/python -m tests.bench

k8s-check: install ## Validate the cluster manifests and try the alerts
	@$(BIN)/python -m pytest -q tests/k8s tests/monitoring

migration: install ## Write the next migration: make migration SERVICE=complaints NAME=reviews (needs its *_DATABASE_URL)
	@$(BIN)/python -m shared.migrations new $(SERVICE) $(NAME)

clean: ## Remove .venv and caches (keeps the local system's data)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
