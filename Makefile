# Needs Node 20 or newer, npm and make; everything else is set up by the targets that need it.
PLATFORM =
PLUGIN =
NAME =
NODE_VERSION =

TS = node --import ./build/load-typescript.mjs
# npm writes this file at the end of an installation.
INSTALLED = node_modules/.package-lock.json

.PHONY: all demo test check format bench clean help
.DEFAULT_GOAL = all

# Builds PLUGIN, or every example, for PLATFORM, or this machine, into dist/<platform>/<name>; NAME overrules its name.
all: $(INSTALLED)
	@$(TS) build/main.ts $(if $(PLATFORM),--platform "$(PLATFORM)") $(if $(PLUGIN),--plugin "$(PLUGIN)") $(if $(NAME),--name "$(NAME)") $(if $(NODE_VERSION),--node-version "$(NODE_VERSION)")

demo: $(INSTALLED)
	@$(TS) build/main.ts --plugin examples/hello/plugin.ts
	@$(TS) examples/demo.ts

test: $(INSTALLED)
	@$(TS) build/main.ts
	@$(TS) test/run.ts

check: $(INSTALLED)
	@npx --no-install biome ci
	@npx --no-install tsc
	@$(MAKE) --no-print-directory test

format: $(INSTALLED)
	@npx --no-install biome check --write

bench: $(INSTALLED)
	@$(TS) build/main.ts --plugin examples/hello/plugin.ts
	@$(TS) bench/dump.ts

clean:
	@rm -rf dist

help:
	@echo 'make                          build every example for this machine into dist/<platform>/<name>'
	@echo 'make PLUGIN=path/to/plugin.ts build one plugin'
	@echo 'make PLUGIN=... NAME=my-name  give the binary another name than that of the file or its folder'
	@echo 'make PLATFORM=linux-x64       choose the platform; several with commas between'
	@echo 'make NODE_VERSION=24.21.0     choose the Node that goes into the binary'
	@echo 'make demo                     build examples/hello and drive one request through it as Kong would'
	@echo 'make test                     build the examples and run every test'
	@echo 'make check                    formatter, linter, types and tests'
	@echo 'make format                   write files as the formatter wants them'
	@echo 'make bench                    time -dump against an empty binary of the same Node'
	@echo 'make clean                    remove dist; downloads stay in ~/.cache/kong-ts-pdk, or KONG_TS_CACHE'

$(INSTALLED): package-lock.json
	@node -e 'if (parseInt(process.versions.node) < 20) { console.error("Cannot build with Node " + process.versions.node + ": install Node 20 or newer"); process.exit(1) }'
	@echo 'Installing the packages of package-lock.json with npm'
	@npm ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@
