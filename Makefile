# Everything a newcomer types. `make run` needs Python ≥ 3.11 and make; nothing else.
PYTHON ?= python3
PORT ?= 8000
PY := .venv/bin/python
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

.venv/ready-run: requirements.txt
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@echo "Installation de Préau…"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(PY) scripts/link.py
	@touch $@

.venv/ready-dev: requirements-dev.txt .venv/ready-run
	@echo "Installation des outils de développement…"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

setup: .venv/ready-run ## make the environment in .venv

dev: .venv/ready-dev ## the same, with the tools of a contributor

run: setup ## serve the rehearsal school (PORT=8000)
	@$(PY) -m preau demo --serve --port $(PORT)

test: dev ## every check: lint, types, SQLite, PostgreSQL, journeys in a browser
	@$(PY) scripts/test.py

lint: dev ## format, lint, types, order of the rooms
	@$(PY) scripts/test.py lint

audit: dev ## known vulnerabilities of what is pinned
	@$(PY) scripts/audit.py

fuzz: dev ## bend files until a reader breaks (SECONDS=60 for each reader)
	@$(PY) scripts/fuzz.py --seconds $(or $(SECONDS),60)

sbom: dev ## the inventory of components, in CycloneDX (var/sbom/)
	@$(PY) scripts/sbom.py

bench: dev ## the tables of docs/performance.md
	@$(PY) bench/all.py

screenshots: dev ## the pictures of the README and of docs/
	@$(PY) scripts/screenshots.py

lock: dev ## pin every dependency again, with hashes and without addresses
	@$(PY) -m uv pip compile -q --generate-hashes --python-version 3.11 --no-annotate --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	@$(PY) -m uv pip compile -q --generate-hashes --python-version 3.11 --no-annotate --no-emit-index-url --custom-compile-command "make lock" --extra dev pyproject.toml -o requirements-dev.txt

.PHONY: help setup dev run test lint audit fuzz sbom bench screenshots lock
