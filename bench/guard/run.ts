// `make bench-guard`: what each hot path allocates and does, beside its limits. RENEW=1 writes what was found as limits.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { judge, type Limits } from './limits.ts'
import { measureHotPaths } from './measure.ts'

const file = join(import.meta.dirname, 'limits.json')
const limits: Limits = JSON.parse(readFileSync(file, 'utf8'))
const found = await measureHotPaths()
const names = [...new Set([...Object.keys(found), ...Object.keys(limits)])]
const verdicts = names.map((name) => judge(name, found[name], limits[name]))

console.table(found)
if (process.argv.includes('renew')) {
  writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`)
  console.log('These are the limits now: bench/guard/limits.json')
} else {
  for (const note of verdicts.flatMap(({ notes }) => notes)) console.log(note)
  const failures = verdicts.flatMap(({ failures }) => failures)
  for (const failure of failures) console.error(failure)
  if (failures.length > 0) process.exitCode = 1
  else console.log(`All ${names.length} are within their limits (bench/guard/limits.json) and 10 %.`)
}
