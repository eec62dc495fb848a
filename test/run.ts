// Runs every test file in a process of its own and closes with one line: N passed, N failed, N skipped.
// `make test` calls it with nothing; `node --import ./build/load-typescript.mjs test/run.ts wire` runs only
// the files whose path holds "wire".
import { spawn } from 'node:child_process'
import { globSync } from './support/glob.ts'

const filter = process.argv.slice(2)
const files = globSync(['test', 'examples'], '.test.ts').filter(
  (file) => filter.length === 0 || filter.some((part) => file.includes(part)),
)
const total = { passed: 0, failed: 0, skipped: 0 }
const limit = 300_000

await Promise.all([worker(), worker()])
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

async function worker(): Promise<void> {
  for (let file = files.shift(); file !== undefined; file = files.shift()) await runFile(file)
}

function runFile(file: string): Promise<void> {
  return new Promise((resolve) => {
    const started = Date.now()
    const child = spawn(process.execPath, ['--import', './build/load-typescript.mjs', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    const timer = setTimeout(() => child.kill('SIGKILL'), limit)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const seconds = ((Date.now() - started) / 1000).toFixed(1)
      const count = (label: string) =>
        Number(new RegExp(`^\\s*${label}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? Number.NaN)
      const [all, passed, skipped] = [count('Total'), count('Passed'), count('Skipped')]
      const finished = code === 0 && Number.isFinite(all) && all + (skipped || 0) > 0
      const failed = finished ? all - passed : Math.max(1, all - passed || 1)
      total.passed += passed || 0
      total.skipped += skipped || 0
      total.failed += failed
      const verdict = failed === 0 ? 'ok  ' : 'FAIL'
      console.log(
        `${verdict} ${file} ${passed || 0}/${all || 0} in ${seconds} s${signal ? ` (ended by ${signal} after ${limit / 1000} s)` : ''}`,
      )
      if (failed > 0) console.log(output)
      else for (const line of output.split('\n').filter(skipped > 0 ? isOfTheTest : isNote)) console.log(line)
      resolve()
    })
  })
}

function isNote(line: string): boolean {
  return line.startsWith('Note: ')
}

/** Why something was skipped is for a person to read; the runner's own lines are not. */
function isOfTheTest(line: string): boolean {
  return line.trim() !== '' && !/^ *(Total|Passed|Skipped|Duration): |^[•✘ ]+\(/.test(line)
}
