# Everything a developer needs; a bare `make` lists it.
.DEFAULT_GOAL := help
.PHONY: help setup lab test lint bench clean

help: ## list the targets
	@echo "Postfleet: make TARGET"; sed -n 's/^\([a-z]*\):.*## /  \1|/p' Makefile | awk -F'|' '{ printf "%-9s %s\n", $$1, $$2 }'

setup: ## install what a fresh clone misses, and compile
	@scripts/setup

lab: setup ## bring up real hosts, deploy stacks/lab.yaml to them, send and read a mail (needs root)
	@bin/postfleet deploy --stack lab

test: ## everything: lint, unit, validators, policies, scenarios on the lab (needs root); ends with "N passed, N failed"
	@scripts/test

lint: setup ## linter, formatter and types
	@npm run --silent lint

bench: setup ## speed as ratios: bare engine, preview, one-line change, first apply (needs the lab)
	@. scripts/node.sh && node dist/bench/main.js

clean: ## take the lab down; remove what was built here and the lab's state (the caches stay)
	@if [ -e dist/cli/main.js ]; then bin/postfleet lab down --purge; fi
	rm -rf dist node_modules .lab coverage
