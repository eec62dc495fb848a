// Writes what docs/kong-versions.md has from the code anew: node --import ./build/load-typescript.mjs test/docs/support/write-kong-versions.ts
import { writeFileSync } from 'node:fs'
import { kongVersionsPage, pagePath } from './kong-versions-page.ts'

writeFileSync(pagePath, kongVersionsPage())
