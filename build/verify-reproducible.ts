// `make verify-reproducible`: builds a plugin here, and again from a copy of this folder at another path, in another
// time zone, with other permissions; ends with 1 where a file differs.
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { cacheFolder } from './node-binary.ts'
import { lastWords, run } from './process.ts'
import { sha256 } from './sha256.ts'
import { readPlatforms } from './targets.ts'

const [plugin = 'examples/hello', platforms = 'all'] = process.argv.slice(2)
const notCopied = new Set(['.git', 'dist'])

const folder = await mkdtemp(join(tmpdir(), 'kong-ts-reproducible-'))
try {
  const targets = readPlatforms(platforms)
  const copy = join(folder, 'copy')
  await cp(resolve(), copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !notCopied.has(basename(file)) || file.includes('node_modules'),
  })
  const out = join(folder, 'out')
  const first = await build(resolve(), out, {})
  process.umask(0o077)
  const second = await build(copy, 'dist', { TZ: 'Pacific/Kiritimati', LC_ALL: 'C', HOME: folder })
  for (const { platform } of targets) {
    const [here, there] = [await hash(first, platform), await hash(second, platform)]
    const same = here.sha256 === there.sha256
    console.log(
      `${same ? 'same  ' : 'DIFFER'} ${here.sha256} ${platform}/${here.name}${same ? '' : `, the second time ${there.sha256}`}`,
    )
    if (!same) process.exitCode = 1
  }
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

interface Outcome {
  readonly folder: string
  readonly binaries: readonly { readonly platform: string; readonly file: string; readonly name: string }[]
}

async function build(cwd: string, out: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const args = ['bin/kong-ts.mjs', 'build', plugin, '--platform', platforms, '--out', out, '--json']
  const options = { cwd, env: { ...process.env, ...env, KONG_TS_CACHE: cacheFolder() } }
  const outcome = await run(process.execPath, args, options)
  if (outcome.ended !== 0) throw new Error(`Cannot build in ${cwd}: ${lastWords(outcome)}`)
  return { folder: cwd, binaries: JSON.parse(outcome.stdout).binaries }
}

async function hash({ folder, binaries }: Outcome, platform: string) {
  const built = binaries.find((binary) => binary.platform === platform)
  if (built === undefined) throw new Error(`Nothing was built for ${platform}`)
  const bytes = await readFile(resolve(folder, built.file))
  return { name: built.name, sha256: sha256(bytes) }
}
