# Two commands: `make demo` to see it, `make test` to prove it.

PYTHON ?= python3
RUN := .venv/bin

.PHONY: demo test lint bench translations clean

demo:
	@$(PYTHON) tools/environment.py
	@$(RUN)/python tools/compile_translations.py
	@$(RUN)/entregent demo

test:
	@$(PYTHON) tools/environment.py dev spark multilingual accurate tuned
	@$(RUN)/python tools/compile_translations.py
	@$(RUN)/python tools/run_tests.py

lint:
	@$(PYTHON) tools/environment.py dev spark multilingual accurate tuned
	@$(RUN)/python tools/run_tests.py --lint

bench:
	@$(PYTHON) tools/environment.py dev spark multilingual accurate tuned
	@$(RUN)/python -m tests.benchmarks

translations:
	@$(RUN)/python tools/compile_translations.py

clean:
	rm -rf .venv var
