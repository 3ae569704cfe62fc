# Everything a checkout needs: `make test` on a bare machine with Python 3.11 or newer.
#
#   make venv       .venv with this package (editable), its tests' tools, torch and LightGBM
#   make demo       make a room, segment it, measure the result
#   make test       lint, types, all tests and the coverage of src
#   make test-fast  only the quick tests
#   make lint       ruff and mypy
#   make viewer     build the page that shows a scene from viewer/ (needs Node.js 20 or newer)
#   make docs       the documentation as a site in site/, with the API reference
#   make bench      time the package; prints tables

SHELL := /bin/bash
.DEFAULT_GOAL := test
.PHONY: venv demo test test-fast lint viewer docs bench clean

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
BIN := .venv/bin
STAMP := .venv/.installed
CODE := src tests docs/hooks $(wildcard benchmarks examples)

# Our compiled loops take all cores. Libraries that start threads of their own below them would
# only fight for the same cores.
CORES ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
export NUMBA_NUM_THREADS ?= $(CORES)
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1

venv: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@if [ -z "$(PYTHON)" ]; then \
		echo "No Python 3.11 or newer was found; name one with: make PYTHON=/path/to/python3" >&2; \
		exit 1; fi
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev,docs,train,models,lora,index,batch,assets,demo,exr,record3d,simulation]"
	@touch $@

demo: venv
	$(BIN)/scenewright demo

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

# Python 3.12 and newer can watch lines without calling a function for each.
COVERAGE_CORE := import sys; print("sysmon" if sys.version_info >= (3, 12) else "ctrace")

# A worker per core; tests of batch come first and alone, since Ray needs a core of its own in time.
# The tests run even if lint fails, so that the last lines always say how they went.
ALONE := tests/pipelines/batch
test: venv
	@status=0; \
	$(MAKE) --no-print-directory lint || { status=1; echo "LINT FAILED; the tests follow." >&2; }; \
	export COVERAGE_CORE=$$($(BIN)/python -c '$(COVERAGE_CORE)'); \
	$(BIN)/python -m pytest --cov=src/scenewright --cov-report= --cov-fail-under=0 $(ALONE) \
		|| status=1; \
	$(BIN)/python -m pytest --cov=src/scenewright --cov-append -n $(CORES) --ignore=$(ALONE) \
		|| status=1; \
	exit $$status

# A worker per core; the tests of a file stay together, with what they share.
test-fast: venv
	$(BIN)/python -m pytest -n $(CORES) --dist loadfile -m "not slow"

# The result is part of the checkout and of the wheel; only a change in viewer/ needs this.
viewer:
	cd viewer && npm ci --no-audit --no-fund && npm run build

# Warnings (broken links, public names without a docstring) are errors.
# (With --quiet MkDocs would not count them.)
docs: venv
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: venv
	@for name in fusion_speed fusion_compare masks_mosd default_accuracy segmentation_accuracy worlds_speed rooms_accuracy \
		splats_speed splats_quality decompose_speed decompose_accuracy features_speed; do \
		echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done

clean:
	rm -rf .venv dist build site .coverage .pytest_cache .mypy_cache .ruff_cache
