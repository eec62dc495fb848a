// Writes docs/errors.md anew: node --import ./build/load-typescript.mjs test/docs/support/write-errors.ts
import { writeFileSync } from 'node:fs'
import { errorsPage } from './errors-page.ts'

writeFileSync('docs/errors.md', errorsPage())
