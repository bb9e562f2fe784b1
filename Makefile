# Two commands do everything on a fresh machine: `make convert` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
MODEL := reference_models/dual_head_mobilenet_v1
.PHONY: convert test test-rest test-all check docs wheel-check bench reference-models clean

convert: .venv/installed
	$(BIN)/poseconvert convert $(MODEL)/model.safetensors

# Everything that judges the package: minutes. A change is not done before it passes.
test: .venv/tested
	$(BIN)/pytest -n auto --dist worksteal -q --durations=25 -m "not slow" parity_tests

# The second ring: builds, the site, benchmarks, whole corpora, kills. By file: what a file
# makes at length, one worker makes.
test-rest: .venv/tested
	$(BIN)/pytest -n auto --dist loadfile -q --durations=25 -m slow parity_tests

test-all: test test-rest

check: .venv/checked
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The generated pages, then the site in site/. The tests build it too.
docs: .venv/tested
	for page in cli ops schemas limits rules decoders; do $(BIN)/python docs/generate_$$page.py || exit 1; done
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# The built wheel in an empty environment and folder: half a minute.
wheel-check: .venv/tested
	.ci/wheel-check

# A quarter of an hour on an idle machine, then docs/benchmarks.md. QUICK=1: do they still work?
bench: .venv/tested
	$(BIN)/python benchmarks/run.py $(if $(QUICK),--quick)

# Hours on two cores. Started again, training goes on where its last checkpoint was written.
reference-models: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/torchrun --nproc-per-node 2 $(MODEL)/train.py
	OMP_NUM_THREADS=1 $(BIN)/torchrun --nproc-per-node 2 -- $(MODEL)/train.py --steps 9600 \
		--start $(MODEL)/model.safetensors --work $(MODEL)/runs/more --cache $(MODEL)/runs/cache
	$(BIN)/python $(MODEL)/variant_2d.py
	$(BIN)/python $(MODEL)/goldens.py
	$(BIN)/python $(MODEL)/evaluate.py
	cd $(MODEL) && sha256sum model.safetensors model_2d.safetensors goldens.npz > SHA256SUMS

.venv/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -e .
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet -e '.[test,docs]'
	touch $@

.venv/checked: .venv/installed
	$(BIN)/python -m pip install --quiet -e '.[check]'
	touch $@

clean:
	rm -rf .venv *.poseconvert
