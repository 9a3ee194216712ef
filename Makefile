# Two commands: `make run` lives through the product, `make test` says whether it is sound.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup run test lint fix clean
help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: .setup-python .setup-front  ## install what the project needs, build the front end

.setup-python: requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip sync --quiet requirements/dev.txt
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.setup-front: .setup-python package-lock.json $(shell find src/certflow/web/assets src/certflow/web/templates src/certflow/translations -type f ! -name '*.mo' 2>/dev/null)
	@test -d node_modules && test node_modules -nt package-lock.json || npm ci --silent --no-audit --no-fund
	@npm run --silent build
	@$(BIN)/pybabel -q compile -d src/certflow/translations
	@touch $@

run: setup  ## run everything on http://127.0.0.1:8080 with demo data
	@exec $(BIN)/certflow run $(ARGS)

test: setup  ## everything that says the project is sound
	@$(BIN)/python tests/run.py

lint: setup  ## style, types, import contracts
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

fix: setup  ## mend style by itself
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean:  ## remove what was built and the local data
	rm -rf .venv node_modules data .setup-* src/certflow/web/static/dist src/certflow/documents/fonts
