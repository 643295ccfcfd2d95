# make chat | make test | make install | make lint: each installs into .venv first if needed.
# Needs python3 >= 3.11 with pip, and make. Nothing is fetched after the install.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: chat test install lint format constraints clean

chat: $(STAMP) ## open the app on the bundled demo model; ARGS='--model …' passes flags on
	@$(BIN)/carnice-chat $(ARGS)

test: $(STAMP) ## run the tests; ARGS='-k name' picks some
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -n 2 $(ARGS)

install: $(STAMP) ## only install

lint: $(STAMP) ## formatting, lint, types, and which room may import which
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(STAMP) ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "carnice-chat needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	    "Install one and run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
	  echo "Making .venv failed: $(PYTHON) needs its venv and pip modules" \
	    "(Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@echo "Installing into .venv (once; a minute or a few) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,serve]'
	@touch $@

# The pins: what a clean install takes today. mlx pins its own backends, which differ by platform.
constraints: ## refresh constraints.txt from a clean install of the newest releases
	@rm -rf .venv-pins && $(PYTHON) -m venv .venv-pins
	@.venv-pins/bin/pip install --quiet --disable-pip-version-check -e '.[dev,serve]'
	@.venv-pins/bin/pip freeze --exclude-editable \
	  | grep -E '^[A-Za-z0-9._-]+==[^ ;@]+$$' | grep -vE '^mlx-(cpu|metal|cuda)' \
	  | LC_ALL=C sort -f > constraints.txt
	@rm -rf .venv-pins
	@echo "constraints.txt: $$(wc -l < constraints.txt) pins. Now run: make lint test"

clean: ## remove what was installed and cached
	rm -rf .venv .venv-pins .pytest_cache .ruff_cache .import_linter_cache .hypothesis
