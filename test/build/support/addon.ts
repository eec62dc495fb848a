import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { elfOf } from './small-elf.ts'
import { temporaryFolder } from './temporary.ts'

const root = temporaryFolder()
const source = fileURLToPath(new URL('../fixtures/addons/answer.c', import.meta.url))

/** Whether real addons can be compiled and loaded here. */
export const compiles = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0

/** An addon for this machine whose `answer()` gives the number. */
export function compileAddon(answer: number): Buffer {
  const addon = join(mkdtempSync(join(root, 'addon-')), 'answer.node')
  const made = spawnSync('gcc', ['-shared', '-fPIC', `-DANSWER=${answer}`, '-o', addon, source], {
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(made.stderr)
  return readFileSync(addon)
}

const machines = { x64: 62, arm64: 183 }

/** The headers of an addon for Linux: enough for the build, which never loads one. */
export function linuxAddon(
  arch: keyof typeof machines,
  libc: 'glibc' | 'musl' = 'glibc',
  libraries: readonly string[] = [],
): Buffer {
  const own = libc === 'glibc' ? 'libc.so.6' : `libc.musl-${arch === 'x64' ? 'x86_64' : 'aarch64'}.so.1`
  return elfOf({ machine: machines[arch], needed: [...libraries, own] })
}

/** Writes a project of a plugin; objects become JSON. Returns its folder. */
export function writeProject(files: Readonly<Record<string, string | Buffer | object>>): string {
  const folder = mkdtempSync(join(root, 'project-'))
  for (const [name, content] of Object.entries({ 'package.json': { name: 'shop' }, ...files })) {
    const plain = typeof content === 'string' || Buffer.isBuffer(content)
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), plain ? content : JSON.stringify(content))
  }
  return folder
}
