# make chat | make test | make install | make lint: each installs into .venv first if needed.
# Needs python3 >= 3.11 with pip, and make. Nothing is fetched after the install.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: pictures examples chat test install lint format constraints clean demo-model demo-model-eval

chat: $(STAMP) ## open the app on the bundled demo model; ARGS='--model …' passes flags on
	@$(BIN)/carnice-chat $(ARGS)

test: $(STAMP) ## run the tests; ARGS='-k name' picks some
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

install: $(STAMP) ## only install

lint: $(STAMP) ## formatting, lint, types, and which room may import which
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(STAMP) ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# PyTorch is needed for training alone: on a GPU if there is one, else on the CPU. Stops and resumes.
# On Linux jemalloc (apt install libjemalloc2) is taken where it is: without it the process grows by
# the minute and slows by a third (README of the demo model).
demo-model: $(STAMP) ## train the demo model again, from the first token (hours on two cores)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train]'
	MALLOC_CONF=dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0,thp:always \
	  LD_PRELOAD=$$(ldconfig -p 2>/dev/null | grep -o 'libjemalloc\.so\.2' | head -n 1) \
	  $(BIN)/python -m carnice_tui.models.demo_training.train
	$(BIN)/python -m carnice_tui.models.demo_training.export
	HF_HUB_OFFLINE=1 $(BIN)/python -m carnice_tui.models.demo_training.convert

demo-model-eval: $(STAMP) ## measure the demo model on cases it was not trained on
	HF_HUB_OFFLINE=1 LD_PRELOAD=$$(ldconfig -p 2>/dev/null | grep -o 'libopenblas\.so\.0' | head -n 1) \
	  $(BIN)/python -m carnice_tui.models.demo_training.evaluate $(ARGS)

# A seed is fixed, but another machine computes a little differently: read what they say.
examples: $(STAMP) ## record the example sessions again with the demo model
	HF_HUB_OFFLINE=1 $(BIN)/python -m carnice_tui.cli.examples $(ARGS)

pictures: $(STAMP) ## draw the README's pictures again, from real runs of the app
	HF_HUB_OFFLINE=1 $(BIN)/python -m carnice_tui.cli.pictures

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
	@{ grep '^torch==' constraints.txt; .venv-pins/bin/pip freeze --exclude-editable; } \
	  | grep -E '^[A-Za-z0-9._-]+==[^ ;@]+$$' | grep -vE '^mlx-(cpu|metal|cuda)' \
	  | LC_ALL=C sort -f > .venv-pins/pins
	@mv .venv-pins/pins constraints.txt
	@rm -rf .venv-pins
	@echo "constraints.txt: $$(wc -l < constraints.txt) pins. Now run: make lint test"

clean: ## remove what was installed and cached
	rm -rf .venv .venv-pins .pytest_cache .ruff_cache .import_linter_cache .hypothesis
