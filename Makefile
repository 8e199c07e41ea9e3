# Everything a fresh clone needs is Python 3.11 or newer with venv, and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check quick lint types format starter data stress bench learning test-oldest test-across torture lock \
	clean help

help:          ## list the targets
	@grep -E '^[a-z-]+: .*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(READY)  ## score the shipped listings with the shipped model
	$(BIN)/fakedetect score data/listings.csv -o scored.csv --top 8

test: $(READY)  ## run the tests, those of the compiled code also as plain Python, on all processors
	$(BIN)/pytest -n auto --dist loadfile
	NUMBA_DISABLE_JIT=1 $(BIN)/pytest -n auto --dist loadfile tests/test_*_kernels.py \
		tests/test_compiled.py tests/test_counting.py

check: lint types quick  ## run the checks of every day (two to three minutes)

quick: $(READY)  ## run the tests but the slow ones, on all processors
	$(BIN)/pytest -m "not slow" -n auto --dist loadfile

lint: $(READY)  ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## check types
	$(BIN)/mypy

format: $(READY)  ## mend style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

data: $(READY)  ## write the shipped listings anew, the same bytes each time
	$(BIN)/python data/make_listings.py --sheet

starter: $(READY)  ## train the shipped model anew, the same bytes each time
	$(BIN)/fakedetect train data/listings.csv --only split=train \
		--group wording --by language,category --all-splits -o models/starter.joblib

stress: $(READY)  ## attack the shipped model anew and write the figures (two minutes)
	$(BIN)/fakedetect stress data/listings.csv --only split=test --most 600 --adaptive 100 \
		--report models/stress.json
	$(BIN)/python docs/refresh_evasion.py

bench: $(READY)  ## measure beside the peers and write benchmarks/results.md (thirty minutes)
	$(BIN)/pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e ".[bench]"
	$(BIN)/python -m benchmarks

learning: $(READY)  ## let liars at ledgers and write benchmarks/learning.md (twenty minutes)
	$(BIN)/python -m benchmarks.learning

torture: $(READY)  ## run the kill, fault and mutation tests in full (an hour)
	FAKEDETECT_TORTURE=1 $(BIN)/pytest tests/test_partfile.py tests/test_resuming.py \
		tests/test_dirty_files.py tests/test_modelfile.py \
		tests/test_ledger.py tests/test_ledger_export.py

test-oldest:   ## run the tests with the oldest supported versions, in an environment of their own
	$(MAKE) test VENV=.venv-oldest CONSTRAINTS=constraints-oldest.txt

test-across: $(READY)  ## exchange models with the oldest supported versions and compare scores
	$(MAKE) .venv-oldest/.ready VENV=.venv-oldest CONSTRAINTS=constraints-oldest.txt
	tests/across_versions.sh $(VENV) .venv-oldest

lock: $(READY)  ## write the versions of this environment into constraints.txt
	$(BIN)/pip freeze --exclude-editable > constraints.txt

clean:         ## remove the environments and what the tools leave behind
	rm -rf .venv .venv-oldest .pytest_cache .mypy_cache .ruff_cache .hypothesis scored.csv

CONSTRAINTS ?= constraints.txt
$(READY): pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e ".[dev]"
	touch $@
