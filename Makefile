# Everything a newcomer needs: `make demo`, `make serve`, `make test`.
# Nothing but git, make and Python is asked for; all else lands in .venv, once.

PYTHON ?= python3
# Only from the command line: shells have variables of these names for themselves.
PROMPT = a cat to the left of a pizza on a light blue background
HOST =
PORT =

BIN := .venv/bin
# What a foreign model needs besides: only for who asks for one.
RUNTIME = .venv/installed$(if $(filter-out sprout noop% openai+%,$(SEEDBED_MODEL) $(SEEDBED_MODELS)),-diffusers)
# Python's own: 3.11 brings what we use, and says so itself if it is older.
CHECK := import sys; sys.exit(sys.version_info < (3, 11) and "Seedbed needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + "; try: make PYTHON=python3.12")

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-machines docs format lock clean

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

demo: $(RUNTIME) ## Draw one picture with a server of its own: make demo PROMPT="two owls"
	@exec $(BIN)/seedbed demo --prompt "$$PROMPT"

serve: $(RUNTIME) ## Serve the API: make serve PORT=8000
	@exec $(BIN)/seedbed serve $(if $(HOST),--host "$(HOST)") $(if $(PORT),--port "$(PORT)")

test: .venv/installed-dev ## The whole check: format, lint, types, floors, tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses=3 --dist=worksteal

# What starts servers. Tests about one machine are skipped with their reason; -rs shows them.
MACHINES = tests/service tests/workflow tests/client tests/cli tests/compat tests/test_kills.py tests/test_workers.py \
	tests/test_postgres.py tests/test_postgres_claim.py tests/test_upgrade.py tests/test_floods.py \
	tests/test_guides.py tests/test_readme.py tests/test_snippets.py

test-machines: .venv/installed-dev ## The tests that start servers, on Postgres, S3 and three workers
	TEST_BACKING=machines $(BIN)/pytest --numprocesses=3 --dist=worksteal -rs $(MACHINES)

docs: .venv/installed-dev ## Build the documentation's site into build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

format: .venv/installed-dev ## Put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: .venv/installed ## Pin the newest versions that pyproject.toml allows
	$(BIN)/python dev/lock.py

clean: ## Remove what make made
	rm -rf .venv build dist seedbed-demo.jpeg

# The prompt goes by the environment: no quote in it can be taken for the shell's.
export PROMPT

.venv/bin/python:
	@$(PYTHON) -c '$(CHECK)'
	$(PYTHON) -m venv .venv

# Of all that is installed a server imports a small part: Python compiles that when it does, and pip need not compile all.
# A shell that forbids Python to keep what it compiled would have every start compile it again: ten seconds each.
export PYTHONDONTWRITEBYTECODE =
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

# The stamps are newer than the locks exactly when what the locks say is installed.
.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(PIP_INSTALL) -r requirements.lock
	$(PIP_INSTALL) --no-deps --editable .
	@touch $@

.venv/installed-diffusers: requirements-diffusers.lock .venv/installed
	$(PIP_INSTALL) -r requirements-diffusers.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed-diffusers
	$(PIP_INSTALL) -r requirements-dev.lock
	@if command -v npm > /dev/null; then npm ci --silent --prefix tests/service/playground; fi
	@touch $@
