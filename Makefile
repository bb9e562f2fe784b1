# Two commands do everything on a fresh machine: `make convert` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
REFERENCE := reference_models/dual_head_mobilenet_v1/model.safetensors
.PHONY: convert test check bench reference-models train-reference-models clean

convert: .venv/installed
	$(BIN)/poseconvert convert $(REFERENCE)

test: .venv/tested
	$(BIN)/pytest -n auto --dist loadfile -q parity_tests

check: .venv/checked
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/tested
	for file in benchmarks/bench_*.py; do $(BIN)/python $$file || exit 1; done

reference-models: .venv/installed
	$(BIN)/python reference_models/dual_head_mobilenet_v1/recipe.py

# Resumable: started again, it goes on where its last checkpoint was written.
train-reference-models: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/torchrun --nproc-per-node 2 \
		reference_models/dual_head_mobilenet_v1/train.py

.venv/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -e .
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet -e '.[test]'
	touch $@

.venv/checked: .venv/installed
	$(BIN)/python -m pip install --quiet -e '.[check]'
	touch $@

clean:
	rm -rf .venv *.poseconvert
