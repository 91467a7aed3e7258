# Every target first brings .venv up to date; where it cannot, tools/environment.py says why.
#   make book PYTHON=python3.13        create .venv with another Python (delete the old one first)
#   make test JOBS=8                   on more cores than two
#   make execute CHAPTER=01-overfitting
HERE := $(shell cd "$$(dirname "$(strip $(MAKEFILE_LIST))")" && pwd)
PYTHON ?= python3
JOBS ?= 2
PORT ?= 8000
RUN = cd "$(HERE)" && .venv/bin/python -m
BUILD = import sys; sys.path[:0] = ['tests/website', 'website']; import book; book.build()
PYTEST = $(RUN) pytest -n $(JOBS) --dist loadscope --no-loadscope-reorder --durations=15 -rfEs

.PHONY: help setup book serve lab test coverage nbval lint execute renew bench chapter lock clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' "$(HERE)/Makefile"

setup: ## create .venv and install, or bring it up to date
	@$(PYTHON) "$(HERE)/tools/environment.py"

book: setup ## build the website from the stored outputs, and say which page to open
	cd "$(HERE)" && .venv/bin/jupyter-book build . -W -n --keep-going
	@touch "$(HERE)/_build/built-for-tests" # spares tests/website/book.py the same build
	@echo; echo "The book is ready. Open $(HERE)/_build/html/index.html"

serve: book ## build the website and serve it on this computer
	$(RUN) http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: setup ## open the notebooks in JupyterLab
	cd "$(HERE)" && .venv/bin/jupyter lab --FileContentsManager.preferred_dir=chapters

# One thread each: two test processes with two threads each would wait for one another.
test coverage nbval execute chapter: export OMP_NUM_THREADS ?= 1

test: setup ## run every test: library, notebooks, website
	@cd "$(HERE)" && .venv/bin/python -c "$(BUILD)" & # the site, if it has to be built, beside the first tests
	$(PYTEST) --nbval chapters tests

coverage: setup ## run the tests, and fail if they reach less than 98 % of the library
	$(PYTEST) --cov --cov-branch --cov-report=term:skip-covered --cov-fail-under=98 tests

nbval: setup ## run the notebooks and compare all that they print with what is stored
	$(PYTEST) --nbval chapters

lint: setup ## check style, spelling and types; the types take a minute
	$(RUN) ruff check . && .venv/bin/python -m ruff format --check .
	$(RUN) pytest -q tests/test_spelling.py
	cd "$(HERE)" && .venv/bin/basedpyright

execute: setup ## run all chapters, or CHAPTER=..., and store their outputs
	cd "$(HERE)" && .venv/bin/python tools/execute.py $(CHAPTER)

renew: setup ## give the stored figures the present script and questions; runs no chapter
	cd "$(HERE)" && .venv/bin/python tools/renew_figures.py $(CHAPTER)

bench: export OMP_NUM_THREADS = 1
bench: setup ## compare speeds side by side: all, ROWS="networks-10 curve*", or QUICK=1
	cd "$(HERE)/tools" && ../.venv/bin/python -m bench $(if $(QUICK),--quick) $(ROWS)

chapter: setup ## start a new chapter: SLUG=label-smoothing TITLE="Label smoothing"
	cd "$(HERE)" && .venv/bin/python tools/chapter.py "$(SLUG)" "$(TITLE)"

lock: ## renew requirements.lock and .sha256 after a change of requirements.txt (needs uv)
	cd "$(HERE)" && uv pip compile -q --universal --python-version 3.11 --no-emit-package reglab \
		--generate-hashes --custom-compile-command "make lock" requirements.txt -o requirements.lock
	cd "$(HERE)" && $(PYTHON) tools/lock.py

clean: ## delete the built website and all caches, but not .venv
	cd "$(HERE)" && rm -rf _build .pytest_cache .ruff_cache .hypothesis
