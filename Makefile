# `make demo` and `make test` do all the set-up they need on a fresh Debian machine.
PYTHON := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: setup demo test lint slow golden bench quantise silicon clean

setup:
	@.ci/setup test

demo: setup
	@$(PYTHON) docs/demo.py build/demo

lint: setup
	ruff check .
	ruff format --check .
	mypy

test: lint
	$(PYTHON) -m pytest -n 2 --dist loadfile

slow: setup
	$(PYTHON) -m pytest -n 2 -m slow

golden: setup
	@for spec in hdl/cores/*/spec.toml; do fxfir generate $$spec -o $$(dirname $$spec) --force || exit 1; done

bench: setup
	$(PYTHON) bench/model.py
	$(PYTHON) bench/sos_snr.py
	$(PYTHON) bench/startup.py
	$(PYTHON) bench/simulation.py
	$(PYTHON) bench/cost_model.py
	$(PYTHON) bench/learn.py
	$(PYTHON) bench/faithful.py --samples 20000

# About ten CPU minutes; with DATA, the folder of fir_quantisation.json, six more.
quantise: setup
	$(PYTHON) bench/quantise.py $(if $(DATA),cases $(DATA)) bits cascades adders faithful

silicon: setup
	$(PYTHON) bench/silicon.py
	$(PYTHON) bench/biquad_loop.py

clean:
	rm -rf build .venv
