#!/usr/bin/env node
import '../build/load-typescript.mjs'

await import('../src/cli/main.ts')
