# One command does what CI does: `.ci/run` calls `make check` and `make test`, nothing else.
# Everything is set up in .venv from the hashed lock; a machine needs only Python 3.11 and make.

PYTHON ?= python3
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check

.PHONY: help demo test check soak bench lock clean
.DEFAULT_GOAL := help

help:            ## what each target does
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

demo: .venv/ready      ## platforms, receivers and half a term of attendance on this machine
	@$(BIN)/attendance-relay demo $(ARGS)

test: .venv/ready      ## the whole suite
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: .venv/ready     ## lint, types, Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile

soak: .venv/ready      ## 20,000 messages, faults at random, 50 kills: every promise kept at the end?
	@$(BIN)/python -m benchmarks.soak $(ARGS)

bench: .venv/bench     ## every figure the README quotes, peers side by side
	@$(BIN)/python -m benchmarks $(ARGS)

lock:                  ## pin every dependency again, with hashes
	$(PYTHON) -m venv .venv && $(PIP) uv
	$(BIN)/uv pip compile pyproject.toml $(LOCK) -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --extra bench -c requirements-dev.lock -o requirements-bench.lock
LOCK := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade

clean:                 ## remove what was set up and built
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis demo-output

.venv/ready: requirements-dev.lock pyproject.toml
	@echo "setting up .venv (once) ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/bench: requirements-bench.lock .venv/ready
	@$(PIP) --require-hashes -r requirements-bench.lock
	@touch $@
