import { writeFileSync } from 'node:fs'
import { agreementPage } from './page.ts'

writeFileSync('docs/fake-kong.md', await agreementPage())
