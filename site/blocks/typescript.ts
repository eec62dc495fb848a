import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePlugins } from '../../build/bundle.ts'
import { readDumps } from '../../build/dump.ts'
import { run } from '../../build/process.ts'
import { hostPlatform } from '../../build/targets.ts'
import type { Problem } from '../problem.ts'
import { type Block, type Checked, problemIn } from './block.ts'
import { type Program, programsOf } from './program.ts'

const kit = fileURLToPath(new URL('../../', import.meta.url))

/** A program in the folder of its page. */
interface Placed extends Program {
  readonly path: string
}

/**
 * Has the compiler check every block as an author's project would, with the blocks of its page beside it; then each
 * plugin is bundled and says what Kong asks it first, and each test that needs no binary is run.
 */
export async function checkTypeScript(blocks: readonly Block[]): Promise<Checked> {
  const folder = mkdtempSync(join(tmpdir(), 'kong-ts-docs-'))
  try {
    const programs = placePrograms(blocks, folder)
    const mistakes = await compile(folder, programs)
    const plugins = programs.filter(({ kind }) => kind === 'plugin')
    const tests = programs.filter(({ kind, needsBinary }) => kind === 'test' && !needsBinary)
    const others = programs.filter(({ kind, needsBinary }) => kind === 'test' && needsBinary)
    const ways = {
      'type-checked': programs.length,
      'of them bundled and asked for their dump': plugins.length,
      'of them run as tests': tests.length,
      'of them tests of binaries, which make test runs': others.length,
    }
    if (mistakes.length > 0) return { ways, problems: mistakes }
    const failures = [
      ...(await each(plugins, (one) => loadPlugin(one, folder))),
      ...(await each(tests, (one) => runTest(one, folder))),
    ]
    return { ways, problems: failures }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Every page has a folder; the kit is installed beside them, as an author links it. */
function placePrograms(blocks: readonly Block[], folder: string): readonly Placed[] {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(kit, join(folder, 'node_modules/kong-ts-pdk'))
  symlinkSync(join(kit, 'node_modules/@types'), join(folder, 'node_modules/@types'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: 'kong-ts-pdk/tsconfig.plugin.json', include: ['pages'] }),
  )
  return [...new Set(blocks.map(({ file }) => file))].flatMap((file, index) => {
    const page = join(folder, 'pages', String(index))
    mkdirSync(page, { recursive: true })
    const programs = programsOf(blocks.filter((block) => block.file === file))
    const wantsPlugin = programs.some(({ text }) => text.includes("from './plugin.ts'"))
    if (wantsPlugin && programs.every(({ name }) => name !== 'plugin.ts'))
      writeFileSync(join(page, 'plugin.ts'), readFileSync(join(kit, 'examples/hello/plugin.ts')))
    return programs.map((program) => {
      const path = join(page, program.name)
      writeFileSync(path, program.text)
      return { ...program, path }
    })
  })
}

async function compile(folder: string, programs: readonly Placed[]): Promise<Problem[]> {
  const tsc = join(kit, 'node_modules/typescript/bin/tsc')
  const { stdout } = await run(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: folder })
  return stdout.split('\n').flatMap((line) => {
    const [, file = '', number, words] = /^(.*?)\((\d+),\d+\): (error .*)$/.exec(line) ?? []
    if (words === undefined) return []
    const program = programs.find(({ path }) => path === join(folder, file))
    if (program === undefined) return []
    return [problemIn(program.block, `Cannot compile the block: ${words}`, Number(number) - program.before)]
  })
}

async function loadPlugin({ block, path }: Placed, folder: string): Promise<Problem | undefined> {
  const code = path.replace(/\.ts$/, '.bundle.cjs')
  try {
    await bundlePlugins({ plugins: [{ name: 'block', file: path }], platform: hostPlatform(), code })
    await readDumps(process.execPath, [code], ['block'], '', { cwd: folder })
    return undefined
  } catch (error) {
    return problemIn(block, `Cannot load the plugin of the block: ${(error as Error).message}`)
  }
}

async function runTest({ block, path }: Placed, folder: string): Promise<Problem | undefined> {
  const loader = join(kit, 'build/load-typescript.mjs')
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = ['--import', loader, '--test', '--test-reporter=tap', path]
  const { ended, stdout, stderr } = await run(process.execPath, args, { cwd: folder, env })
  if (ended === 0 && /^# pass [1-9]/m.test(stdout)) return undefined
  return problemIn(block, `Cannot pass the test of the block: ${stdout}${stderr}`)
}

/** Two at a time. */
async function each(
  programs: readonly Placed[],
  check: (program: Placed) => Promise<Problem | undefined>,
): Promise<Problem[]> {
  const waiting = [...programs]
  const problems: Problem[] = []
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const problem = await check(next)
      if (problem !== undefined) problems.push(problem)
    }
  }
  await Promise.all([work(), work()])
  return problems
}
