import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BuildError } from './errors.ts'
import { lastWords, type Outcome, run } from './process.ts'

/** Downloads a package's tarball into a folder with the user's own npm, registry and proxy; returns its path. */
export async function packPackage(spec: string, folder: string): Promise<string> {
  const flags = ['--json', '--ignore-scripts', '--dry-run=false', `--pack-destination=${folder}`]
  const outcome = await npm(['pack', spec, ...flags])
  if (outcome.ended !== 0)
    throw new BuildError(
      `Cannot download ${spec} with npm pack, from the registry that npm is set to: ${firstWords(outcome)}`,
    )
  const listed = parse(outcome.stdout, spec)
  const [packed] = Array.isArray(listed) ? (listed as ({ filename?: string } | null)[]) : []
  if (packed?.filename === undefined) throw new BuildError(`Cannot download ${spec}: npm pack named no file`)
  return join(folder, packed.filename)
}

/** Refuses a tarball whose SHA-512 is not the one in the registry's own metadata. */
export async function checkIntegrity(spec: string, tarball: string): Promise<void> {
  const outcome = await npm(['view', spec, 'dist.integrity', '--json'])
  const listed = outcome.ended === 0 && outcome.stdout.trim() !== '' ? parse(outcome.stdout, spec) : undefined
  if (typeof listed !== 'string') {
    throw new BuildError(
      `Cannot check ${spec} as the registry lists no integrity for it: ${lastWords(outcome)}`,
    )
  }
  const actual = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`
  if (listed !== actual) {
    throw new BuildError(`Refused ${spec}: the registry lists ${listed}, but the download has ${actual}`)
  }
}

/** npm says first what went wrong; on Windows it is a script for the command prompt. */
function npm(args: readonly string[]): Promise<Outcome> {
  const shell = process.platform === 'win32'
  const all = [...args, '--loglevel=error'].map((word) => (shell ? `"${word}"` : word))
  return run('npm', all, { env: ownEnvironment(process.env), shell })
}

function firstWords(outcome: Outcome): string {
  const lines = outcome.stderr.trim().split('\n').slice(0, 6)
  return lastWords({ ...outcome, stderr: lines.join('\n') })
}

/** Under `npm run` the environment describes the script that runs; only the user's settings are for us. */
function ownEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const noise =
    /^(npm_(package|lifecycle|command|execpath|node_execpath)|npm_config_local_prefix$|INIT_CWD$)/i
  return Object.fromEntries(Object.entries(env).filter(([name]) => !noise.test(name)))
}

function parse(text: string, spec: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BuildError(`Cannot read what npm says about ${spec}, as it is not JSON:\n${text.slice(0, 500)}`)
  }
}
