# Broker Line: the two commands are `make run` and `make test`; `make lock` renews the lock files.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: install run test lint types bench fuzz chaos mutants lock docs clean

install: $(VENV)/.run-ready

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Broker Line needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Could not make $(VENV). On Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.run-ready: requirements.lock pyproject.toml $(VENV)/.created
	@echo "Installing what the line needs (about a minute the first time) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test-ready: requirements-test.lock pyproject.toml $(VENV)/.created
	@echo "Installing what the tests need (a minute or two the first time) ..."
	@$(PIP) install --require-hashes -r requirements-test.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run-ready

# Another port: make run PORT=5077
run: PORT = 5000
run: install
	@$(BIN)/ivr brokers import --if-empty config/brokers.csv
	@$(BIN)/ivr serve --watch --port $(PORT)

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test-ready
	$(BIN)/mypy

test: lint types
	$(BIN)/pytest -n 2 --dist worksteal

bench: $(VENV)/.test-ready
	$(BIN)/pytest tests/bench -s

# Garbage for webhooks and loaders, five minutes each: make fuzz MINUTES=120 SEED=7. The same seed goes on where it was.
SEED ?= 1
fuzz: MINUTES ?= 5
fuzz: $(VENV)/.test-ready
	PYTHONPATH=tests $(BIN)/python -m fuzz --minutes $(MINUTES) --seed $(SEED)

# Calls over a line whose workers, server, database and disk are killed, stopped and filled: make chaos MINUTES=1 CALLS=50.
CALLS ?= 500
chaos: MINUTES ?= 10
chaos: $(VENV)/.test-ready
	PYTHONPATH=tests $(BIN)/python -m chaos --minutes $(MINUTES) --calls $(CALLS) --seed $(SEED)

# A quarter of an hour on two cores; stopped at any time, it goes on from there. Writes docs/mutants.md.
mutants: $(VENV)/.test-ready
	PYTHONPATH=tests $(BIN)/python -m mutants

docs: $(VENV)/.test-ready
	$(BIN)/ivr schema docs/schemas --kinds docs/kinds.md

# Needs uv (pip install uv). The locks carry hashes and name no host.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --quiet --upgrade --extra build pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --quiet --upgrade --extra build --extra test -c requirements.lock pyproject.toml -o requirements-test.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
