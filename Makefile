# Open Pharmacy. `make help` lists what there is. Needs git, make and Python 3.12 or newer.
.DEFAULT_GOAL := help
.PHONY: help run test check demo bench fuzz messages stop clean ready browser
SHELL := /bin/sh
PYTHON := .venv/bin/python
PYTEST_ARGS ?=
# Images of containers like to set it. Without kept bytecode every start of a program compiles all modules again: six
# seconds of a core instead of two, and a test run starts hundreds.
unexport PYTHONDONTWRITEBYTECODE
# One more than cores are usual: the tests of faults wait half of the time.
TEST_WORKERS ?= 3

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | while IFS='	' read -r name text; do printf '  make %-7s %s\n' "$$name" "$$text"; done

run: ready ## Everything on http://localhost:8000 (PORT=… for another port), until Ctrl-C
	@exec $(PYTHON) -m pharmacy.run

test: ready browser ## All tests: unit, database, races, API fuzz, browser journeys
	@exec $(PYTHON) -m pytest -n $(TEST_WORKERS) --dist loadscope --no-loadscope-reorder $(PYTEST_ARGS)

check: ready ## Lint, format, types, import contracts, missing migrations, settings
	@exec sh pharmacy/run/check.sh

demo: ready ## Throw the demo's data away and begin a fresh one
	@exec $(PYTHON) -m pharmacy.run fresh

bench: ready ## Measure speed against the limits of this machine
	@exec $(PYTHON) -m bench

fuzz: ready ## Fuzz the API for ten minutes
	@FUZZ_SECONDS=600 exec $(PYTHON) -m pytest tests/fuzz $(PYTEST_ARGS)

messages: ready ## Collect the texts for translators into locale/, and compile what they wrote (needs gettext)
	@$(PYTHON) manage.py makemessages -l de -l es -l ar --no-obsolete --add-location file \
	  --ignore '.*' --ignore var --ignore tests --ignore bench
	@$(PYTHON) manage.py compilemessages -v0 --ignore '.*' --ignore var

stop: ready ## Stop embedded servers that a killed run or test left behind
	@$(PYTHON) -m pharmacy.run.services down demo
	@$(PYTHON) -m pharmacy.run.services down test

clean: ## Stop our servers; remove what was installed and the demo's data
	@if [ -x $(PYTHON) ]; then $(MAKE) --no-print-directory stop; fi
	@case "$$(readlink var/state)" in /var/lib/open-pharmacy/?*) rm -rf "$$(readlink var/state)" ;; esac
	rm -rf var .venv .boot .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

ready:
	@sh pharmacy/run/bootstrap.sh

browser: ready
	@sh pharmacy/run/browser.sh
