# make demo   reconstruct a scan from assets/, live where there is a display
# make test   install what is missing and run all tests
# make lint   style, types and who may import whom

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint install clean

demo: install
	tools/demo $(BIN)/sap-viewer

test: install
	$(BIN)/python -m pytest

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

install: $(INSTALLED)
	tools/system-packages

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --constraint constraints.txt --editable ".[las,draco,dev]"
	touch $@

clean:
	rm -rf $(VENV) out
