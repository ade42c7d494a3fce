# Two commands for a newcomer: `make run` and `make test`. All of them work in .venv and set up what they need.

PYTHON ?= python3
BIN := .venv/bin
OUT ?= out
PORT ?= 8080

.PHONY: run test check lint types format bench train clean

SAMPLES := grader/samples/calls grader/samples/chats

run: $(OUT)/grades.jsonl ## grade the sample calls and chats, write a page to read the grades on, serve the review console
	@echo "Graded: $(OUT)/grades.jsonl, to read on $(OUT)/grades.html"
	@CALLGRADER_SPEECH_MODEL=micro-whisper CALLGRADER_LOG_LEVEL=WARNING $(BIN)/grader serve --data $(OUT)/data \
		--port $(PORT) $(SAMPLES:%=--samples %)

$(OUT)/grades.jsonl: .venv/ready $(shell find grader models -type f -not -name '*.pyc')
	@$(BIN)/grader grade $(SAMPLES) --speech-model micro-whisper --out $@ --page $(OUT)/grades.html

test: .venv/ready-dev .venv/ready-browser ## run every test
	$(BIN)/pytest

check: lint types ## everything CI checks beside the tests

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/ready-dev
	$(BIN)/mypy

format: .venv/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/ready-dev ## speed and memory, as ratios against a baseline in the same run
	$(BIN)/python -m tests.bench

train: .venv/ready-dev ## re-make the shipped weights; DATA is the folder of the corpora
	$(BIN)/grader train --data $(DATA)

clean:
	rm -rf .venv $(OUT)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "callgrader needs Python 3.11 or newer; try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "Python's venv module is missing; try: apt-get install python3-venv" >&2; exit 1; }

.venv/ready: .venv/bin/python pyproject.toml constraints.txt
	@echo "Setting up .venv (about 200 MB to fetch, 800 MB on disk, once) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/ready-dev: .venv/ready
	@echo "Setting up what training and the tests need, torch among it (about 1 GB, once) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[train,dev,oidc,telemetry]'
	@touch $@

.venv/ready-browser: .venv/ready-dev tests/browser.sh
	@sh tests/browser.sh
	@touch $@
