# Every action in a word each; what is given as NAME=value reaches the script behind it.
.DEFAULT_GOAL := help
.PHONY: help demo run setup check test corpus bench faults race fmt pictures lock

help:      ## list the actions
	@grep -E '^[a-z]+: ' $(MAKEFILE_LIST) | sed -E 's/: +## */\t/' | expand -t 12

demo:      ## set up, run the main job against the built-in PagerDuty sandbox, keep serving (ONCE=1: stop after it)
	@bin/demo

run:       ## set up, migrate and serve your own instance
	@bin/run

setup:     ## make .venv and install what the lock file names
	@bin/setup

check:     ## lint, types, import contracts, fast tests: before every commit
	@bin/check

test:      ## set up and run every test (REQUIRE_ALL=1: a skip is a failure)
	@bin/test

corpus:    ## hold the engine to an independent reference on MONTHS=2000 random months, then to the published policies
	@bin/setup dev
	@.venv/bin/python -m tests.pricing.agreement $(or $(MONTHS),2000)
	@.venv/bin/python -m tests.corpus.run

race:      ## let eight threads edit, decide, save and download on one report for SECONDS=60, drawn by SEED=7
	@bin/setup dev
	@.venv/bin/python -m tests.race $(or $(SECONDS),60) $(or $(SEED),7)

bench:     ## measure reading, pricing, pages and the workbook beside their figures, for half an hour (ONLY=read_small)
	@bin/setup dev
	@.venv/bin/python -m tests.bench $(ONLY)

faults:    ## make N=1000 reports while PagerDuty fails in every way we know of, drawn by SEED=7; none may be wrong
	@bin/setup dev
	@.venv/bin/python -m tests.faults $(or $(N),1000) $(or $(SEED),7)

fmt:       ## format the code
	@bin/setup dev
	@.venv/bin/ruff check --quiet --fix-only
	@.venv/bin/ruff format

pictures:  ## make the pictures of README and docs anew (needs Chromium and LibreOffice)
	@bin/setup dev
	@.venv/bin/python -m tests.pictures

lock:      ## write the lock files anew
	@bin/lock
