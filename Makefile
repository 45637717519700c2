# Every command of the project. `make` alone lists them.

TOOLS    := $(CURDIR)/.tools
DENY     := $(TOOLS)/cargo/bin/cargo-deny
DEBUG    := $(CURDIR)/target/debug
JOURNALS := $(CURDIR)/target/journals
STACKS   := $(CURDIR)/target/stack-journals
CDK      := $(CURDIR)/target/cdk-journals
EDGES    := $(CURDIR)/target/property-edges.json
# What ships is built for one of these, by Lambda's names: this machine's, if nothing else is said.
ARCHITECTURE  ?= $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)
TARGET_x86_64 := x86_64-unknown-linux-gnu
TARGET_arm64  := aarch64-unknown-linux-gnu
$(if $(TARGET_$(ARCHITECTURE)),,$(error ARCHITECTURE is x86_64 or arm64, not `$(ARCHITECTURE)`))
RELEASED      := $(CURDIR)/target/$(TARGET_$(ARCHITECTURE))/release/bootstrap
AS_SHIPPED     = $(TOOLS)/release/bin/python scripts/release.py --architecture $(ARCHITECTURE)
# The tests run what `sam build` makes, unless BOOTSTRAP names another program.
SAM_BUILT     := $(CURDIR)/.aws-sam/build/ProviderFunction/bootstrap
SAM_FIRST     := $(if $(BOOTSTRAP),,sam)
BOOTSTRAP     ?= $(SAM_BUILT)
PACKAGE       := $(CURDIR)/target/package
ZIG            = $(shell echo $(TOOLS)/release/lib/python3.*/site-packages/ziglang)
BENCH         := $(TOOLS)/bench
# All members with all features, always: one set of features means one build of every dependency.
ALL      := --workspace --all-features --locked

# Each reads what a stranger may have written, or what the service may answer.
FUZZ_TARGETS := event names properties records response_url service

.PHONY: help build run up test test-rust together-programs together-rust together-stacks together-cdk together-python tools test-journals test-conformance test-lint test-scanners test-stacks test-documents test-last-resort test-cdk test-sam test-package soak bench bench-crowd instructions bench-instructions bench-startup contents fuzz fuzz-build fuzz-keep fuzz-smoke check fmt lint docs deny lambda-tree snapshots generate requirements release sam package reproducible size clean
.DEFAULT_GOAL := help

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-17s %s\n", $$1, $$2}'

build: ## Build everything for trying out
	cargo build $(ALL) --bins

run: need-cargo need-python3 build $(TOOLS)/stacks/ready ## Deploy the Lambda and the example stack on a local CloudFormation, and walk through a profile's life
	@$(TOOLS)/stacks/bin/python scripts/run.py --bootstrap $(DEBUG)/bootstrap --emulator $(DEBUG)/connect-emulator

up: need-cargo need-python3 build $(TOOLS)/stacks/ready ## Keep a local CloudFormation with the provider for stacks of your own, until Ctrl-C
	@$(TOOLS)/stacks/bin/python scripts/up.py --bootstrap $(DEBUG)/bootstrap --emulator $(DEBUG)/connect-emulator

# Much of the time they wait, for one another's processes and for a clock: side by side they take half as long.
test: need-cargo need-python3 need-npm tools ## Run all tests: unit, property, snapshot, integration, conformance, linter, scanners, SAM, stacks, documents, CDK, last resort
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target $(SAM_FIRST) together-programs
	@$(MAKE) --no-print-directory --jobs=4 --output-sync=target BOOTSTRAP=$(BOOTSTRAP) \
		together-rust together-stacks together-cdk together-python
	@echo "All tests passed."

# What ships is linked on one core for a minute: meanwhile the other builds what tests it.
together-programs:
	cargo test $(ALL) --no-run --quiet
	cargo build $(ALL) --bins --quiet

# Each line of work in itself is one after the other.
together-rust:
	@$(MAKE) --no-print-directory --jobs=1 test-rust test-journals

# The story of `make run` takes a fifth of the stacks' time, and the constructs are done long before them.
ASIDE := tests/stacks/test_run.py tests/stacks/test_lookup.py

together-stacks:
	@$(MAKE) --no-print-directory test-stacks STACK_TESTS="tests/stacks $(ASIDE:%=--ignore=%)"

together-cdk:
	@$(MAKE) --no-print-directory test-cdk
	@$(MAKE) --no-print-directory test-stacks STACK_TESTS="$(ASIDE)" STACKS=$(STACKS)-aside

together-python:
	@$(MAKE) --no-print-directory --jobs=1 test-sam test-lint test-scanners test-last-resort test-conformance test-documents

tools: $(TOOLS)/conformance/ready $(TOOLS)/stacks/ready $(TOOLS)/cdk/ready $(TOOLS)/lint/ready $(TOOLS)/scanners/ready $(TOOLS)/release/ready $(TOOLS)/sam/ready tests/conformance/node_modules tests/lint/node_modules cdk/dist/ready

test-rust: $(SAM_FIRST) ## Run the Rust tests; the calls they make are kept for `test-journals`
	rm -rf $(JOURNALS)
	mkdir -p $(JOURNALS)
	BOOTSTRAP=$(BOOTSTRAP) CONNECT_JOURNALS=$(JOURNALS) RUST_TEST_THREADS=4 cargo test $(ALL) --no-fail-fast --quiet

test-journals: $(TOOLS)/conformance/ready ## Check every call that the Rust tests made against AWS's model and the role of the template
	$(TOOLS)/conformance/bin/python tests/conformance/validate_journal.py $(JOURNALS)/*.jsonl
	$(TOOLS)/conformance/bin/python tests/conformance/check_roles.py --needed $(JOURNALS)/*.jsonl

test-conformance: $(SAM_FIRST) $(TOOLS)/conformance/ready tests/conformance/node_modules ## Drive the embedded Connect with boto3 and the AWS SDK for JavaScript
	cargo build $(ALL) --bins
	BOOTSTRAP=$(BOOTSTRAP) CONNECT_EMULATOR=$(DEBUG)/connect-emulator CONNECT_PROFILES=$(DEBUG)/connect-profiles \
		$(TOOLS)/conformance/bin/python -m pytest -q tests/conformance
	cd tests/conformance && CONNECT_EMULATOR=$(DEBUG)/connect-emulator npm test --silent

test-lint: $(TOOLS)/lint/ready tests/lint/node_modules ## Run cfn-lint and an editor's language server with schema/ over templates good and bad
	PROPERTY_EDGES=$(EDGES) cargo test $(ALL) --quiet --test it -- --exact \
		documents::the_reader_goes_by_every_limit_of_the_definition
	PROPERTY_EDGES=$(EDGES) $(TOOLS)/lint/bin/python -m pytest -q tests/lint
	cd tests/lint && npm test --silent

# cdk-nag scans the constructs in `test-cdk`.
test-scanners: $(TOOLS)/sam/ready $(TOOLS)/scanners/ready ## Scan the template and the examples with checkov, and hold the locked requirements to their sources
	CHECKOV=$(TOOLS)/scanners/bin/checkov $(TOOLS)/sam/bin/python -m pytest -q tests/scanners

test-stacks: $(SAM_FIRST) $(TOOLS)/stacks/ready $(TOOLS)/conformance/ready ## Deploy the template and stacks on MiniStack, a CloudFormation that runs here
	cargo build $(ALL) --bins
	rm -rf $(STACKS)
	mkdir -p $(STACKS)
	BOOTSTRAP=$(BOOTSTRAP) CONNECT_EMULATOR=$(DEBUG)/connect-emulator CONNECT_JOURNALS=$(STACKS) \
		$(TOOLS)/stacks/bin/python -m pytest -q $(or $(STACK_TESTS),tests/stacks)
	$(TOOLS)/conformance/bin/python tests/conformance/validate_journal.py $(STACKS)/*.jsonl
	$(TOOLS)/conformance/bin/python tests/conformance/check_roles.py $(STACKS)/*.jsonl

# CONNECT_EMULATOR and CONNECT_PROFILES may name programs that are built already.
test-documents: $(SAM_FIRST) $(TOOLS)/stacks/ready $(TOOLS)/lint/ready $(TOOLS)/sam/ready cdk/dist/ready ## Deploy every template that the documents show, and check their commands, links and quotations
	$(if $(CONNECT_EMULATOR),,cargo build $(ALL) --bins)
	BOOTSTRAP=$(BOOTSTRAP) CONNECT_EMULATOR=$(or $(CONNECT_EMULATOR),$(DEBUG)/connect-emulator) \
		CONNECT_PROFILES=$(or $(CONNECT_PROFILES),$(DEBUG)/connect-profiles) \
		CFN_LINT=$(TOOLS)/lint/bin/cfn-lint SAM=$(TOOLS)/sam/bin/sam CDK=$(CURDIR)/cdk CDK_PYTHON=$(TOOLS)/cdk/bin/python \
		$(TOOLS)/stacks/bin/python -m pytest -q tests/documents

test-documents: $(TOOLS)/cdk/ready

soak: $(TOOLS)/conformance/ready ## Play 20,000 random histories of stacks, 5,000 plans and 3,000 IAM policies, others each time; HISTORIES, PLANS, POLICIES and SEED say how many and which
	HISTORIES=$(or $(HISTORIES),20000) HISTORIES_SEED=$(or $(SEED),$(shell date +%s)) \
		cargo test $(ALL) --test it -- --exact histories::whatever_happens_the_laws_hold --nocapture
	PLANS=$(or $(PLANS),5000) PLANS_SEED=$(or $(SEED),$(shell date +%s)) \
		cargo test $(ALL) --test it -- same:: --nocapture
	POLICIES=$(or $(POLICIES),3000) POLICIES_SEED=$(or $(SEED),$(shell date +%s)) CONNECT_EMULATOR=$(DEBUG)/connect-emulator \
		$(TOOLS)/conformance/bin/python -m pytest -q tests/conformance/test_iam.py

# BOOTSTRAP may name a Lambda that is built already. RUNS, EVENTS and ONLY are as benches/peers/src/options.rs says.
bench: need-zip $(SAM_FIRST) $(BENCH)/ready $(TOOLS)/release/ready ## Measure the Lambda beside CDK's AwsCustomResource and crhelper with boto3; writes docs/performance.md and .svg
	@$(AS_SHIPPED) --package empty-function --bin empty
	cargo build --profile measuring --locked -p peers
	@BOOTSTRAP=$(BOOTSTRAP) EMPTY=$(dir $(RELEASED))empty PEERS=$(BENCH) target/measuring/peers

bench-crowd: ## Measure how crowds of events get through Connect's quota; writes docs/crowds.svg and the figures of docs/crowds.md
	cargo bench --profile dev --all-features --locked -p connect-security-profile --bench crowd

# In the dev profile, which everything else is built in: what is looked at is how the counts grow, not how many there are.
instructions: need-valgrind ## Count the instructions of the pure core, and fail where they grow out of proportion
	cargo build $(ALL) --quiet --bin instructions
	@$(DEBUG)/instructions

bench-instructions: need-valgrind $(TOOLS)/release/ready ## Count them as in a release; writes them into docs/performance.md
	@$(AS_SHIPPED) --package instructions --bin instructions --names
	@WRITE=1 $(dir $(RELEASED))instructions-with-names

bench-startup: $(SAM_FIRST) $(TOOLS)/release/ready ## Measure the parts of a start, in fresh processes; writes them into docs/performance.md
	@$(AS_SHIPPED) --package empty-function --bin empty
	@$(AS_SHIPPED) --package startup --bin startup
	@WRITE=1 $(dir $(RELEASED))startup $(BOOTSTRAP) $(dir $(RELEASED))empty

# The same code as the Lambda's, linked once more to keep the names.
contents: $(TOOLS)/release/ready ## Show what is in the Lambda's binary, and write it into docs/performance.md
	@$(AS_SHIPPED) --names
	@python3 scripts/contents.py $(RELEASED)-with-names --write

test-last-resort: $(SAM_FIRST) $(TOOLS)/conformance/ready ## Run the fallback responder that template.yaml holds, alone and beside the provider
	BOOTSTRAP=$(BOOTSTRAP) $(TOOLS)/conformance/bin/python -m pytest -q tests/last-resort

# CONNECT_EMULATOR may name a program that is built already.
test-cdk: need-npm need-python3 $(SAM_FIRST) $(TOOLS)/stacks/ready $(TOOLS)/conformance/ready $(TOOLS)/cdk/ready cdk/dist/ready ## Synthesize, lint and deploy stacks of the CDK constructs, from TypeScript and Python
	$(if $(CONNECT_EMULATOR),,cargo build $(ALL) --bins)
	cd cdk && npm test --silent
	rm -rf $(CDK)
	mkdir -p $(CDK)
	BOOTSTRAP=$(BOOTSTRAP) CONNECT_EMULATOR=$(or $(CONNECT_EMULATOR),$(DEBUG)/connect-emulator) \
		CDK_PYTHON=$(TOOLS)/cdk/bin/python CONNECT_JOURNALS=$(CDK) $(TOOLS)/stacks/bin/python -m pytest -q cdk/test/stacks
	$(TOOLS)/conformance/bin/python tests/conformance/validate_journal.py $(CDK)/*.jsonl
	$(TOOLS)/conformance/bin/python tests/conformance/check_roles.py $(CDK)/*.jsonl

fuzz-build:
	cd fuzz && cargo fmt --check && env -u RUSTC_WRAPPER -u RUSTFLAGS cargo build --locked

# The corpus is kept packed: thousands of files of a few bytes each.
CORPUS := fuzz/target/corpus

$(CORPUS)/%/unpacked: fuzz/corpus/%.tar.gz
	@mkdir -p $(CORPUS)
	tar -C $(CORPUS) -xzf $<
	@touch $@

fuzz: need-c++ fuzz-build $(CORPUS)/$(TARGET)/unpacked ## Fuzz one target for long: TARGET=service SECONDS=600; what breaks it is in fuzz/artifacts
	@test -n "$(filter $(TARGET),$(FUZZ_TARGETS))" || { echo "say TARGET=, one of: $(FUZZ_TARGETS)"; exit 1; }
	mkdir -p fuzz/grown/$(TARGET) fuzz/artifacts
	cd fuzz && target/debug/$(TARGET) grown/$(TARGET) target/corpus/$(TARGET) -use_value_profile=1 -timeout=20 \
		-max_total_time=$(or $(SECONDS),600) -artifact_prefix=artifacts/$(TARGET)- -print_final_stats=1

fuzz-keep: fuzz-build $(FUZZ_TARGETS:%=$(CORPUS)/%/unpacked) ## Keep of what fuzzing has grown, and of the corpus, as little as reaches the same code
	@for target in $(FUZZ_TARGETS); do \
		rm -rf fuzz/target/kept && mkdir -p fuzz/target/kept/$$target fuzz/grown/$$target && rm -f $(CORPUS)/$$target/unpacked && \
		(cd fuzz && target/debug/$$target -set_cover_merge=1 -timeout=20 -max_len=3000 target/kept/$$target \
			target/corpus/$$target grown/$$target 2>target/merge.log) && \
		tar -C fuzz/target/kept --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - $$target | \
			gzip -9n >fuzz/corpus/$$target.tar.gz && \
		echo "$$target: $$(ls fuzz/target/kept/$$target | wc -l)" || { tail -n 20 fuzz/target/merge.log; exit 1; }; \
	done

# What it finds on the way is not kept: the same few seconds for everybody.
fuzz-smoke: need-c++ fuzz-build $(FUZZ_TARGETS:%=$(CORPUS)/%/unpacked) ## Run each fuzz target over its corpus, and three seconds more
	@mkdir -p fuzz/artifacts
	@cd fuzz && for target in $(FUZZ_TARGETS); do \
		rm -rf target/smoke && cp -r target/corpus/$$target target/smoke && rm -f target/smoke/unpacked && \
		target/debug/$$target target/smoke -max_total_time=3 -timeout=20 -artifact_prefix=artifacts/$$target- >artifacts/log 2>&1 || \
			{ grep -a -A5 -m1 panicked artifacts/log; tail -n 5 artifacts/log; exit 1; }; \
		tail -n 1 artifacts/log | sed "s/^/$$target: /"; \
	done

check: fmt lint test test-package instructions fuzz-smoke docs deny lambda-tree ## Run exactly what CI runs

fmt: ## Check the formatting
	cargo fmt --all --check

lint: ## Check with clippy, warnings being errors
	cargo clippy $(ALL) --all-targets -- -D warnings

docs: ## Build the documentation, warnings being errors
	RUSTDOCFLAGS="-D warnings" cargo doc $(ALL) --no-deps --document-private-items

# Both workspaces. The advisories are judged where RustSec's database can be fetched; where it cannot, that is said, and is no
# failure.
deny: $(DENY) ## Check licences, sources, duplicates and advisories of the dependencies, also of the fuzz targets
	$(DENY) --locked --all-features --log-level error check bans licenses sources
	$(DENY) --locked --manifest-path fuzz/Cargo.toml --all-features --log-level error check bans licenses sources
	@scripts/advisories.sh $(DENY) Cargo.toml fuzz/Cargo.toml

lambda-tree: ## Check that what is shipped to Lambda depends on nothing of the command line, the emulator or the tests
	@cargo tree --locked -p connect-security-profile -e normal --prefix none --format '{p}' >$(CURDIR)/target/lambda-tree
	@! grep -E '^(clap|anstream|rusqlite|indicatif|annotate-snippets|saphyr-parser|comfy-table|similar|csv|aws-sdk-cloudformation|aws-sdk-sso|aws-sdk-ssooidc|connect-emulator|connect-profiles|lambda-harness|insta|proptest) ' $(CURDIR)/target/lambda-tree

snapshots: ## Accept what the snapshot tests show now; read the diff before you commit it
	INSTA_UPDATE=always cargo test $(ALL) --no-fail-fast

generate: cdk/node_modules/ready $(TOOLS)/stacks/ready ## Write again what is made from data files, from the templates and from the definition of the properties
	python3 scripts/permission_table.py
	$(TOOLS)/stacks/bin/python scripts/rendered_roles.py --write
	cd cdk && npm run generate --silent
	cargo fmt --all
	INSTA_UPDATE=always cargo test $(ALL) --quiet --test it -- --exact documents::every_generated_file_is_as_the_definition_says

release: need-cargo need-python3 $(TOOLS)/release/ready ## Build the Lambda as it ships, for this machine's architecture or ARCHITECTURE=x86_64 or arm64
	@$(TOOLS)/release/bin/python scripts/release.py --architecture $(ARCHITECTURE)

size: release ## Show the size of the Lambda, plain and zipped
	@python3 scripts/archive.py $(RELEASED) target/size.zip
	@ls -l $(RELEASED) target/size.zip | awk '{print $$5, "bytes", $$9}'

# make's own variables are none of SAM's: it calls this Makefile again.
sam: need-cargo need-python3 $(TOOLS)/release/ready $(TOOLS)/sam/ready ## Run `sam build`, for this machine's architecture or ARCHITECTURE=x86_64 or arm64
	@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL SAM_CLI_TELEMETRY=0 ARCHITECTURE=$(ARCHITECTURE) \
		$(TOOLS)/sam/bin/sam build --build-in-source --parameter-overrides Architecture=$(ARCHITECTURE)

# `sam build --build-in-source` calls this, by the logical id in template.yaml.
build-ProviderFunction: need-cargo need-python3 $(TOOLS)/release/ready
	@$(TOOLS)/release/bin/python scripts/for_sam.py "$(ARTIFACTS_DIR)" \
		$(if $(filter-out file,$(origin ARCHITECTURE)),--architecture $(ARCHITECTURE))

test-sam: $(SAM_FIRST) $(TOOLS)/sam/ready $(TOOLS)/release/ready ## Validate the SAM application, and run what `sam build` made of it in AWS's own Runtime Interface Emulator
	$(if $(CONNECT_EMULATOR),,cargo build $(ALL) --bins)
	SAM_CLI_TELEMETRY=0 $(TOOLS)/sam/bin/sam validate --lint
	BOOTSTRAP=$(BOOTSTRAP) CONNECT_EMULATOR=$(or $(CONNECT_EMULATOR),$(DEBUG)/connect-emulator) \
		ZIG=$(ZIG)/zig $(TOOLS)/sam/bin/python -m pytest -q tests/package/built

package: need-cargo need-python3 $(TOOLS)/release/ready $(TOOLS)/package/ready ## Make what a release hands out, in target/package: zips, templates, bills of materials, licences, sums
	@$(TOOLS)/release/bin/python scripts/release.py --architecture x86_64
	@$(TOOLS)/release/bin/python scripts/release.py --architecture arm64
	@$(TOOLS)/package/bin/python scripts/package.py --zig $(ZIG)

test-package: package $(TOOLS)/sam/ready $(TOOLS)/qemu/ready ## Make the package, check it, and run the function for arm64 under qemu
	cargo build $(ALL) --bins
	PACKAGE=$(PACKAGE) QEMU=$(TOOLS)/qemu CONNECT_EMULATOR=$(DEBUG)/connect-emulator SAM=$(TOOLS)/sam/bin/sam SAM_CLI_TELEMETRY=0 \
		$(TOOLS)/sam/bin/python -m pytest -q tests/package/packed

reproducible: package ## Build the package again, from a copy in another folder, and compare: the same bytes, for both architectures or ARCHITECTURE
	@python3 scripts/reproducible.py --zig $(ZIG) $(if $(filter-out file,$(origin ARCHITECTURE)),--architecture $(ARCHITECTURE))

clean: ## Remove all that was built and installed here
	cargo clean
	rm -rf $(TOOLS) .aws-sam tests/conformance/node_modules tests/lint/node_modules cdk/node_modules cdk/lib cdk/dist cdk/.jsii fuzz/target fuzz/artifacts fuzz/grown

# The peers of `make bench`, each as it would be deployed, and the runtimes beside them. AWS's runtime client for Node is
# compiled when it is installed, with the cmake that pip brings.
$(BENCH)/ready: $(BENCH)/node/ready $(BENCH)/python/ready benches/peers/python/handler.py
	rm -rf $(BENCH)/cdk $(BENCH)/crhelper
	cp -r $(BENCH)/node/node_modules/aws-cdk-lib/custom-resource-handlers/dist/custom-resources/aws-custom-resource-handler $(BENCH)/cdk
	awk '/^crhelper==/,!/\\$$/' benches/peers/python/requirements.txt >$(BENCH)/crhelper.txt
	$(BENCH)/python/bin/python -m pip install $(LOCKED) --target $(BENCH)/crhelper -r $(BENCH)/crhelper.txt
	cp benches/peers/python/handler.py $(BENCH)/crhelper
	touch $@

$(BENCH)/node/ready: benches/peers/node/package-lock.json benches/peers/node/package.json $(BENCH)/python/ready | need-npm need-c++ need-make
	mkdir -p $(@D)
	cp benches/peers/node/package.json benches/peers/node/package-lock.json benches/peers/node/.npmrc $(@D)
	cd $(@D) && PATH="$(BENCH)/python/bin:$$PATH" npm ci --silent --no-audit --no-fund
	touch $@

$(BENCH)/python/ready: benches/peers/python/requirements.txt | need-python3
	@python3 -m venv $(@D) || { echo "python3 cannot make an environment: install its venv (Debian: python3-venv)"; exit 1; }
	$(@D)/bin/python -m pip install $(LOCKED) -r $<
	touch $@

# The files that pip installs from name every package, and each of its files by hash: pip looks for no other. A wheel that was
# built elsewhere, such as one in a folder of PIP_FIND_LINKS, is refused.
LOCKED       := --quiet --disable-pip-version-check --no-deps --require-hashes
REQUIREMENTS := $(shell git ls-files '*requirements.in')

requirements: $(TOOLS)/lock/ready ## Write the requirements files again, with hashes, from the .in files beside them; UPGRADE=1 takes newer versions of what they do not pin
	@for file in $(REQUIREMENTS); do \
		$(TOOLS)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
			$(if $(UPGRADE),--upgrade) --custom-compile-command "make requirements" $$file -o $${file%.in}.txt || exit 1; \
	done

# Tools live inside the checkout, in the versions that the lock files name. MiniStack and the check against AWS's newest
# model want different botocores, so there are two environments.
$(TOOLS)/%/ready: tests/%/requirements.txt
	@python3 -m venv $(@D) || { echo "python3 cannot make an environment: install its venv (Debian: python3-venv)"; exit 1; }
	$(@D)/bin/python -m pip install $(LOCKED) -r $<
	touch $@

$(TOOLS)/cdk/ready: cdk/test/requirements.txt
$(TOOLS)/release/ready: scripts/requirements.txt
$(TOOLS)/package/ready: scripts/package-requirements.txt
$(TOOLS)/sam/ready: tests/package/requirements.txt
$(TOOLS)/lock/ready: scripts/lock-requirements.txt
$(TOOLS)/cdk/ready $(TOOLS)/release/ready $(TOOLS)/package/ready $(TOOLS)/sam/ready $(TOOLS)/lock/ready:
	@python3 -m venv $(@D) || { echo "python3 cannot make an environment: install its venv (Debian: python3-venv)"; exit 1; }
	$(@D)/bin/python -m pip install $(LOCKED) -r $<
	touch $@

# The function for arm64 runs under the machine's own emulator, or under one that is fetched, but not installed.
$(TOOLS)/qemu/ready: scripts/qemu.sh
	@scripts/qemu.sh $(@D)
	@touch $@

# The constructs as users get them: compiled, and as a Python package.
cdk/dist/ready: cdk/node_modules/ready cdk/package.json cdk/README.md $(wildcard cdk/src/*.ts cdk/src/private/*.ts)
	cd cdk && npm run build --silent && npm run python --silent
	touch $@

cdk/node_modules/ready: cdk/package-lock.json
	cd cdk && npm ci --silent --no-audit --no-fund
	touch $@

need-%:
	@command -v $* >/dev/null || { echo "$* is missing: install Rust 1.95 (cargo), Python 3.11 (python3) and Node 20 (npm), valgrind for counting instructions, for fuzzing and make bench a C++ compiler (c++), for make bench zip"; exit 1; }

tests/%/node_modules: tests/%/package-lock.json
	cd $(@D) && npm ci --silent --no-audit --no-fund
	touch $@

$(DENY):
	cargo install cargo-deny --version 0.20.2 --locked --root $(TOOLS)/cargo
