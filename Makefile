# The commands of this project. Each says what it does in `make help`; each step prints its minutes.

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
FUZZ_TARGETS := $(basename $(notdir $(wildcard fuzz/*.cc)))
STEP := scripts/step
SOURCES := $(wildcard src/adirect/*/*.h src/adirect/*/*.cc tests/*/*.h tests/*/*.cc fuzz/*.h fuzz/*.cc)

# What the release binary is built with. What is optional comes with the tests' tools, so that `make run` does without;
# once chosen, it stays until `make clean`.
WITH ?=
test full bench soak pipeline-demo spark-demo: WITH = -DADIRECT_WITH_ARROW=ON -DADIRECT_WITH_KAFKA=ON -DADIRECT_WITH_WEBHDFS=ON \
  -DADIRECT_WITH_CASSANDRA=ON -DADIRECT_BUILD_SIMULATION=ON

.DEFAULT_GOAL := help
.PHONY: help run build test check full mutants bench soak fuzz fresh audit lint format install clean services services-stop pipeline-demo spark-demo package core-deps services-deps test-deps full-deps simulation dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build the one binary and run its demo: a generated week, one shopper's story, the live API
	@build/release/adirect demo

build: core-deps ## build/release/adirect
	@$(STEP) "configure release" cmake --preset release --log-level=WARNING $(WITH)
	@$(STEP) "build adirect" cmake --build --preset release -j $(JOBS)

services: services-deps ## Kafka and HDFS on 127.0.0.1, addresses in build/services.env; SERVICES="kafka" or "kafka hdfs cassandra" is a choice
	@deploy/local/services start $(SERVICES)

services-stop: ## stop them; their data stays in build/services
	@deploy/local/services stop

pipeline-demo: test-deps services-deps build ## the pipeline of 2017 on this machine, with a count for each stage; PIPELINE="--events 200000 --stay" goes on answering
	@examples/2017/pipeline $(PIPELINE)

spark-demo: test-deps services-deps build ## the two Spark jobs of 2017 on local services (SERVICES="kafka hdfs cassandra spark"), EVENTS=50000
	@examples/2017/spark $(EVENTS)

test: test-deps build simulation dev ## every test, as CI runs them; ctest's count ends the output
	@ctest --preset dev -j $(JOBS) --no-label-summary

check: test-deps dev ## the quick loop: C++ tests and the rules of the tree, no end-to-end or integration tests
	@$(STEP) "check" ctest --preset dev -j $(JOBS) -LE 'e2e|integration'

full: lint test ## lint, every test, and the C++ tests once more under ThreadSanitizer
	@$(STEP) "configure tsan" cmake --preset tsan --log-level=WARNING
	@$(STEP) "build tsan" cmake --build --preset tsan -j $(JOBS)
	@$(STEP) "test under tsan" ctest --preset tsan -j $(JOBS)

mutants: test-deps ## break the rules of tests/mutations one at a time: every break must turn a test red
	@$(STEP) "mutants" python3 tests/mutations/mutants.py

bench: test-deps build ## the batch job beside DuckDB and chDB, and what it costs; BENCH="--events 2000000" is a quick try, BENCH=serve the live engine, BENCH=kafka on a topic
	@$(STEP) "bench" "$$(bench/python)" bench/run.py $(BENCH)

soak: test-deps build simulation ## 10,000 simulated histories; 200 times kill -9 of adirect; thirty days of a shop; memory over 100 million events; a million events while each part is killed 20 times; SOAK="-k pattern" chooses of those
	@$(STEP) "simulation" env ADIRECT_HISTORIES=10000 build/release/simulation_test --gtest_filter='Simulation.*'
	@$(STEP) "kills" env ADIRECT_KILLS=200 "$$(scripts/venv-python)" -m pytest -q -p no:cacheprovider tests/e2e/test_kill.py
	@$(STEP) "days" env ADIRECT_DAYS=30 "$$(scripts/venv-python)" -m pytest -q -s -p no:cacheprovider tests/e2e/test_days.py
	@$(STEP) "memory" env ADIRECT_MEMORY_EVENTS=100000000 "$$(scripts/venv-python)" -m pytest -q -s -p no:cacheprovider \
	  tests/e2e/test_memory.py
	@$(STEP) "soak" env ADIRECT_FAULT_EVENTS=1000000 ADIRECT_FAULT_ROUNDS=20 "$$(scripts/venv-python)" -m pytest -q -p \
	  no:cacheprovider tests/integration/test_faults.py tests/integration/test_publish_faults.py $(SOAK)

fuzz: full-deps ## every fuzz target for FUZZ_SECONDS (60) from the kept corpus; what it finds goes to build/fuzz/found
	@$(STEP) "configure fuzz" cmake --preset fuzz --log-level=WARNING
	@$(STEP) "build fuzz" cmake --build --preset fuzz -j $(JOBS)
	@set -e; for target in $(FUZZ_TARGETS); do \
	  found=build/fuzz/found/$$target; mkdir -p $$found; \
	  $(STEP) "fuzz $$target" build/fuzz/fuzz_$$target -max_total_time=$(FUZZ_SECONDS) -verbosity=0 -print_funcs=0 \
	    -print_final_stats=1 -artifact_prefix=$$found/ $$found fuzz/corpus/$$target; \
	done

fresh: ## `make run` on a bare Debian 12 made by debootstrap, with the minutes of each step; as root
	@scripts/fresh

audit: test-deps ## known vulnerabilities of what npm, cargo and pip install, by the advisories on the internet
	@scripts/audit

lint: full-deps dev ## clang-format and clang-tidy, changing nothing; the site is linted by every test run
	@$(STEP) "clang-format" clang-format-14 --dry-run --Werror $(SOURCES)
	@$(STEP) "clang-tidy" run-clang-tidy-14 -quiet -p build/dev -j $(JOBS) "src/adirect/.*\.cc$$"

format: full-deps ## clang-format every source file in place
	@clang-format-14 -i $(SOURCES)

package: build ## a Debian package with a systemd unit, in build/release/package
	@$(STEP) "package" cpack --config build/release/CPackConfig.cmake
	@ls build/release/package/*.deb

install: build ## install under PREFIX (default /usr/local); DESTDIR is respected
	@$(STEP) "install to $(DESTDIR)$(PREFIX)" cmake --install build/release --prefix $(PREFIX)

clean: ## remove everything that was built, and the data of `make services`
	@[ ! -d build/services ] || deploy/local/services stop
	rm -rf build

simulation: build
	@$(STEP) "build simulation" cmake --build build/release -j $(JOBS) --target simulation_test

dev:
	@$(STEP) "configure dev" cmake --preset dev --log-level=WARNING
	@$(STEP) "build dev" cmake --build --preset dev -j $(JOBS)

core-deps:
	@$(STEP) "install-deps core" scripts/install-deps core

services-deps:
	@$(STEP) "install-deps services" scripts/install-deps services

test-deps:
	@$(STEP) "install-deps test" scripts/install-deps test

full-deps:
	@$(STEP) "install-deps full" scripts/install-deps full
