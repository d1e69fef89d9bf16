# The two commands: `make demo` runs the main job, `make test` passes the tests. Both install what they need into the checkout.

PYTHON ?= python3
MVN ?= mvn
BIN := .venv/bin
MAVEN := $(MVN) -q -B -Dstyle.color=never
JOBS ?= auto
FUZZ_S ?= 60

.PHONY: help install demo test fuzz lint format bench clean check-tools

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

check-tools:
	@sh tools/check_tools.sh "$(PYTHON)" "$(MVN)"

install: .venv/.installed clients/java/.built  ## Make .venv with every extra and build the Java modules

.venv/.installed: requirements.txt pyproject.toml build_protos.py $(wildcard proto/tfreg/*/*.proto) | check-tools
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv (TensorFlow, for the demo and the tests, is about 250 MB)"
	$(BIN)/python -m pip install -q --no-deps -r requirements.txt
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

clients/java/.built: $(shell find clients/java examples/digits/java examples/typed examples/tensorflow-1.15 proto/tfreg/v1 -name target -prune -o \( -name '*.java' -o -name pom.xml -o -name '*.proto' -o -name tfreg.lock \) -print) | check-tools
	@echo "Building the Java modules and the examples (Maven fetches TensorFlow Java once, about 170 MB)"
	$(MAVEN) -f clients/java/pom.xml -Pexamples -DskipTests package
	@touch $@

demo: install  ## Train, push, resolve and run by name from Java, twice
	$(BIN)/python examples/digits/demo.py

test: install  ## Pass all tests
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup
	$(MAVEN) -f clients/java/pom.xml -Dtfreg.command=$(CURDIR)/$(BIN)/tfreg verify

fuzz: install  ## Fuzz each parser for FUZZ_S seconds (60)
	$(BIN)/python tests/fuzz/run.py --seconds $(FUZZ_S)

lint: install  ## Check style, types, import rules and protos
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	cd proto && ../$(BIN)/buf lint && ../$(BIN)/buf format -d --exit-code
	cd proto && ../$(BIN)/buf breaking --against released.binpb --path tfreg/v1
	$(MAVEN) -f clients/java/pom.xml -Plint -DskipTests verify

format: install  ## Rewrite the sources in the one style
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format -q .
	cd proto && ../$(BIN)/buf format -w
	$(MAVEN) -f clients/java/pom.xml spotless:apply

bench: install  ## Measure, and write bench/results.md
	$(BIN)/python -m bench.run

clean:  ## Remove what install and demo made
	rm -rf .venv .demo gen clients/java/.built clients/java/*/target clients/java/target examples/digits/java/target examples/typed/target examples/tensorflow-1.15/target
