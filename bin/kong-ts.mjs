#!/usr/bin/env node
import { fileURLToPath } from 'node:url'

try {
  await import('../build/load-typescript.mjs')
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  const kit = fileURLToPath(new URL('..', import.meta.url))
  console.error(`The packages of kong-ts-pdk are not installed: run make, or npm ci, in ${kit}`)
  process.exit(1)
}
await import('../src/cli/main.ts')
