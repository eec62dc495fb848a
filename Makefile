# Needs Node 20 or newer, npm and make; everything else is set up by the targets that need it.
PLATFORM =
PLUGIN =
NAME =
BUNDLE =
MINUTES = 30
NODE =
NODE_VERSION =
INJECTOR =

TS = node --import ./build/load-typescript.mjs
KONG_TS = node bin/kong-ts.mjs
EXAMPLES = $(sort $(wildcard examples/*/plugin.ts examples/*/plugin.cjs))
# npm writes this file at the end of an installation.
INSTALLED = node_modules/.package-lock.json

.PHONY: all demo test check format docs bench bench-quick bench-soak bench-dump bench-codecs bench-guard bench-metrics sizes verify-reproducible clean help
.DEFAULT_GOAL = all

# Builds PLUGIN, or every example, for PLATFORM, or this machine, into dist/<platform>/<name>; NAME overrules its name.
all: $(INSTALLED)
	@$(KONG_TS) build $(if $(BUNDLE),$(or $(PLUGIN),$(EXAMPLES)),$(if $(PLUGIN),"$(PLUGIN)",$(EXAMPLES))) $(if $(PLATFORM),--platform "$(PLATFORM)") $(if $(NAME),--name "$(NAME)") $(if $(BUNDLE),--bundle "$(BUNDLE)") $(if $(NODE),--node "$(NODE)") $(if $(NODE_VERSION),--node-version "$(NODE_VERSION)") $(if $(INJECTOR),--injector "$(INJECTOR)")

demo: $(INSTALLED)
	@$(KONG_TS) build examples/hello
	@$(TS) examples/demo.ts

test: $(INSTALLED)
	@$(KONG_TS) build $(EXAMPLES)
	@$(TS) test/run.ts

check: $(INSTALLED)
	@npx --no-install biome ci
	@npx --no-install tsc
	@npx --no-install tsc -p src/dev/page
	@npx --no-install tsc -p site/page
	@$(MAKE) --no-print-directory test

format: $(INSTALLED)
	@npx --no-install biome check --write

# Builds the documentation as a site, dist/docs/index.html, and checks its links, its blocks of code and the API's comments.
docs: $(INSTALLED)
	@$(TS) site/main.ts

# Measures the same plugins of this kit and of the others, in turns, and writes docs/performance.md. Needs Go, Python and a C compiler.
bench: $(INSTALLED)
	@$(TS) bench/run.ts

bench-quick: $(INSTALLED)
	@$(TS) bench/run.ts quick

# Drives one server for MINUTES minutes and writes what became of its memory.
bench-soak: $(INSTALLED)
	@$(TS) bench/soak.ts $(MINUTES)

bench-dump: $(INSTALLED)
	@$(KONG_TS) build examples/hello
	@$(TS) bench/dump.ts

# Times our codecs beside those of libraries, which are installed for the run only; writes bench/results/codecs and
# its table in docs/architecture.md.
bench-codecs: $(INSTALLED)
	@$(TS) bench/codecs/run.ts

# What the hot paths allocate and do, beside bench/guard/limits.json; RENEW=1 makes what was found the limits.
bench-guard: $(INSTALLED)
	@$(TS) bench/guard/run.ts $(if $(RENEW),renew)

# What -metrics costs a server under full load.
bench-metrics: $(INSTALLED)
	@$(TS) bench/metrics.ts

# Builds one plugin for every platform and prints the size of each file: as it is, with gzip and with zstd.
sizes: $(INSTALLED)
	@$(KONG_TS) build $(if $(PLUGIN),"$(PLUGIN)",examples/hello) --platform "$(or $(PLATFORM),all)" --out dist/sizes
	@$(TS) bench/sizes.ts dist/sizes

# Builds one plugin twice, the second time from a copy of this folder at another path, and compares the bytes.
verify-reproducible: $(INSTALLED)
	@$(TS) build/verify-reproducible.ts $(if $(PLUGIN),"$(PLUGIN)",examples/hello) "$(or $(PLATFORM),all)"

clean:
	@rm -rf dist

help:
	@echo 'make                          build every example for this machine into dist/<platform>/<name>'
	@echo 'make PLUGIN=path/to/plugin.ts build one plugin'
	@echo 'make PLUGIN=... NAME=my-name  give the binary another name than that of the file or its folder'
	@echo 'make PLATFORM=linux-arm64     choose the platform: several with commas between, or all'
	@echo 'make PLUGIN="a.ts b.ts" BUNDLE=my-bundle  put several plugins into one binary'
	@echo 'make NODE_VERSION=24.21.0     choose the Node that goes into the binary'
	@echo 'make NODE=path/to/node        put a Node binary of your own in'
	@echo 'make demo                     build examples/hello, run it in the local gateway and send it one request'
	@echo 'make test                     build the examples and run every test'
	@echo 'make check                    formatter, linter, types and tests'
	@echo 'make format                   write files as the formatter wants them'
	@echo 'make docs                     build the documentation as a site into dist/docs, and check all that it says'
	@echo 'make bench                    measure against the kits for Go, JavaScript and Python, and write docs/performance.md'
	@echo 'make bench-quick              the same in a minute and a half'
	@echo 'make bench-soak               the memory of a server after half an hour of full load; MINUTES=5 for less'
	@echo 'make bench-dump               time -dump against an empty binary of the same Node'
	@echo 'make bench-codecs             time the codecs beside those of protobufjs, @bufbuild/protobuf and msgpackr'
	@echo 'make bench-guard              check what each hot path allocates and does against its limits, as make check does too'
	@echo 'make bench-guard RENEW=1      make what was found the limits'
	@echo 'make bench-metrics            what -metrics costs a server under full load'
	@echo 'make INJECTOR=own             for Linux: put the program in without postject, in half the time'
	@echo 'make sizes                    print what one plugin weighs for every platform'
	@echo 'make verify-reproducible      build one plugin twice, at two paths, and compare the bytes'
	@echo 'make clean                    remove dist; downloads stay in ~/.cache/kong-ts-pdk, or KONG_TS_CACHE'

$(INSTALLED): package-lock.json
	@node -e 'if (parseInt(process.versions.node) < 20) { console.error("Cannot build with Node " + process.versions.node + ": install Node 20 or newer"); process.exit(1) }'
	@echo 'Installing the packages of package-lock.json with npm'
	@npm ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@
