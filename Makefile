# `make demo` and `make test` do everything, set-up included.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.PHONY: setup demo check test bench clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml uv.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(UV) || $(BIN)/python -m pip install --quiet "uv>=0.7"
	UV_PROJECT_ENVIRONMENT=$(VENV) $(UV) sync --frozen --inexact --quiet
	touch $@

demo: setup
	bash scripts/demo.sh

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# On a busy machine a browser may miss its moment: what failed gets one more try, by itself.
test: check
	$(BIN)/pytest -q || $(BIN)/pytest -q --last-failed

bench: setup
	PYTHONPATH=src $(BIN)/python -m bench

clean:
	rm -rf $(VENV) demo artefacts
