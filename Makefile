# Every target sets up what it needs: Python 3.11+ and make are enough.
PYTHON ?= python3
# Passed on to the `grader` command, e.g. make lab ARGS="--no-browser --port 8899"
ARGS ?=
BIN := .venv/bin

.PHONY: help lab test course grade bench differential lint release lock set-up clean

help:
	@echo "make lab      open the course in JupyterLab"
	@echo "make test     lint, every test, every notebook end to end"
	@echo "make course   run every solved notebook and print the scoreboard"
	@echo "make grade    grade the sample class in data/ and write the report"
	@echo "make bench    run the benchmarks beside the peers"
	@echo "make differential  compare the evaluator of policies with another one"
	@echo "make release  make notebooks/ from solutions/ again"
	@echo "make lock     renew requirements.lock from pyproject.toml"

set-up:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "There is no $(PYTHON) here: install Python 3.11 or newer, or say PYTHON=/path/to/python."; exit 2; }
	@$(PYTHON) install.py

lab: set-up
	@$(BIN)/grader lab $(ARGS)

test: lint
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

lint: set-up
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

course: set-up
	@$(BIN)/grader run --solutions $(ARGS)

grade: set-up
	@$(BIN)/grader grade $(ARGS)

bench: set-up
	@$(BIN)/python -m bench $(ARGS)

differential: set-up
	@$(BIN)/python -m differential $(ARGS)

release: set-up
	@$(BIN)/grader release $(ARGS)

lock: set-up
	@$(BIN)/python -m pip install --quiet "uv>=0.13"
	@$(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --extra dev --upgrade --no-header --no-annotate --output-file requirements.lock pyproject.toml
	@echo "requirements.lock renewed; the next make installs from it."

clean:
	@rm -rf .venv .bench .differential .grading .mypy_cache .pytest_cache .ruff_cache
