# Everything a user needs. Needs Python 3.11, git and make; installs the rest into .venv from a hashed lock file.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# `make nightly PRESET=tiny` chooses the synthetic municipality.
ifdef PRESET
export DIA_PRESET := $(PRESET)
endif

.PHONY: nightly test ui setup bench lint clean

nightly: setup
	@$(BIN)/dia nightly

test: setup browser emulators
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=40 --cov --cov-report=term:skip-covered

ui: setup
	@$(BIN)/dia ui

bench: setup
	@$(BIN)/python -m benchmarks

lint: setup
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/sqlfluff lint --processes 2 dbt_project

setup: $(VENV)/ready

$(VENV)/ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed (set PYTHON=/path/to/python3.11)."; exit 1; }
	@echo "Setting up .venv (once; a minute or two) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m dia_assets.parsed_project  # so that the first night need not wait
	@touch $@

# The tests look at the pages in a real browser.
.PHONY: browser
browser:
	@for name in $${DIA_CHROMIUM:-chromium chromium-browser google-chrome}; do command -v $$name >/dev/null && exit; done; \
	{ echo "The tests need Chromium to look at the pages: apt-get install chromium (or set DIA_CHROMIUM)."; exit 1; }

# The tests of object storage on Azure talk to Azurite, which runs on Node.js.
.PHONY: emulators
emulators: tests/emulators/node_modules/ready

tests/emulators/node_modules/ready: tests/emulators/package-lock.json
	@command -v node >/dev/null && command -v npm >/dev/null || \
	{ echo "The tests need Node.js to stand for Azure: apt-get install nodejs npm."; exit 1; }
	@echo "Setting up Azurite for the tests (once; a minute) …"
	@npm ci --prefix tests/emulators --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

clean:
	rm -rf $(VENV) tests/emulators/node_modules
