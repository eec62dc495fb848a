import { readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { BuildError, UsageError } from '../../../build/errors.ts'
import { decodeManifest } from '../../../build/manifest.ts'
import { Launcher } from '../../fake-kong/launcher.ts'
import { Worker } from '../../fake-kong/worker.ts'
import type { Dialect } from '../../pdk/phases.ts'
import { settleConfig } from './config.ts'
import { type Described, type DescribedPlugin, readDump } from './dump.ts'
import { askUnknown, errorLines, eventsOf, runEvent, type Worked, worldFor } from './events.ts'
import { sendGarbage } from './garbage.ts'
import { refuseUnrunnable } from './platform.ts'
import { restartServer } from './restart.ts'
import { SmokeServer } from './server.ts'
import { Failure, type Step, Steps } from './steps.ts'
import { stopServer } from './stop.ts'

export interface SmokeRequest {
  readonly binary: string
  /** The words before the binary's path, as of an emulator. */
  readonly runner: readonly string[]
  readonly protocol: Dialect | undefined
  /** The only plugin to try, of those inside. */
  readonly plugin: string | undefined
  /** One configuration, or for several plugins one by the name of each. */
  readonly config: object | undefined
  /** Milliseconds that each wait may take. */
  readonly limit: number
}

export interface SmokeReport {
  readonly binary: string
  readonly ok: boolean
  readonly passed: number
  readonly failed: number
  /** Whether all was tried; the rest needs what failed. */
  readonly complete: boolean
  readonly steps: readonly Step[]
}

/** Drives a binary through all that Kong does to it. Throws where it cannot be run here, or when it is interrupted. */
export async function smoke(
  request: SmokeRequest,
  onStep: (step: Step) => void,
  interruption: AbortSignal,
): Promise<SmokeReport> {
  const binary = resolve(request.binary)
  const bytes = readBinary(request.binary)
  refuseUnrunnable(request.binary, bytes, request.runner)
  const launcher = new Launcher([...request.runner, binary])
  const steps = new Steps(request.limit, interruption, onStep)
  const end = () => launcher.close()
  interruption.addEventListener('abort', end)
  try {
    const complete = await tryAll({ ...request, binary }, bundledIn(bytes), launcher, steps)
    const failed = steps.done.filter(({ ok }) => !ok).length
    const passed = steps.done.length - failed
    return { binary: request.binary, ok: failed === 0, passed, failed, complete, steps: steps.done }
  } finally {
    interruption.removeEventListener('abort', end)
    launcher.close()
  }
}

function readBinary(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new UsageError(`Cannot try ${file}: ${(error as Error).message}`)
  }
}

/** The plugins of a bundle, which prints one of them per dump; none where the binary holds only one. */
function bundledIn(bytes: Buffer): string[] {
  try {
    const names = decodeManifest(bytes)?.plugins.map(({ name }) => name) ?? []
    return names.length > 1 ? names : []
  } catch (error) {
    // A damaged manifest is for `kong-ts inspect`; here the dump counts.
    if (error instanceof BuildError) return []
    throw error
  }
}

interface Configured extends DescribedPlugin {
  readonly config: object
}

/** Gives whether all steps were reached. */
async function tryAll(
  request: SmokeRequest,
  bundled: readonly string[],
  launcher: Launcher,
  steps: Steps,
): Promise<boolean> {
  const { binary, protocol: asked, limit } = request
  const flags = ['-kong-prefix', launcher.folder, ...(asked === undefined ? [] : ['-protocol', asked])]
  // A plugin of a bundle dumps a socket of its own; all are served on one.
  if (bundled.length > 0) flags.push('-socket', join(launcher.folder, `${basename(binary)}.socket`))
  const described = await dumpAll(request, bundled, flags, launcher, steps)
  if (described === undefined) return false
  const plugins = await configureAll(request, described, steps)
  if (plugins === undefined) return false
  const { protocol, socket } = described
  const server = new SmokeServer({ launcher, flags, protocol, socket, limit })
  await steps.run('SOCKET', { output: () => server.takeOutput() }, () => checkSocket(server))
  // A socket that is open to others is a fault, but works.
  if (server.current === undefined || server.socketStats()?.isSocket() !== true) return false
  const worked: Worked[] = []
  try {
    for (const plugin of plugins) worked.push(...(await tryPlugin(plugin, server, steps)))
    const [first] = worked
    if (first === undefined) return false
    await tryServer([first, ...worked.slice(1)], server, steps)
    return worked.length === plugins.length
  } finally {
    for (const { worker } of worked) worker.close()
  }
}

async function dumpAll(
  { binary, protocol, plugin, limit }: SmokeRequest,
  bundled: readonly string[],
  flags: readonly string[],
  launcher: Launcher,
  steps: Steps,
): Promise<Described | undefined> {
  const wanted = plugin === undefined ? bundled : bundled.filter((name) => name === plugin)
  if (plugin !== undefined && bundled.length > 0 && wanted.length === 0) throw notInside(plugin, bundled)
  const found: Described[] = []
  for (const name of wanted.length > 0 ? wanted : [undefined]) {
    const chosen = name === undefined ? flags : [...flags, '-plugin', name]
    const dump = await steps.run(
      'DUMP',
      { ...(name !== undefined && { plugin: name }), rounds: 2 },
      async () => {
        const described = await readDump(launcher, { binary, flags: chosen, protocol, limit })
        return [described.plugins.map((one) => summaryOf(one, described)).join('; '), described]
      },
    )
    if (dump === undefined) return undefined
    found.push(dump)
  }
  const [first] = found as [Described]
  const plugins = found
    .flatMap((one) => one.plugins)
    .filter(({ name }) => plugin === undefined || name === plugin)
  if (plugins.length === 0)
    throw notInside(
      plugin,
      found.flatMap((one) => one.plugins.map(({ name }) => name)),
    )
  return { ...first, plugins }
}

function notInside(plugin: string | undefined, names: readonly string[]): UsageError {
  return new UsageError(`Cannot try the plugin "${plugin}": the binary holds ${names.join(', ')}`)
}

function summaryOf({ name, version, phases }: DescribedPlugin, { protocol }: Described): string {
  return `${name} ${version}, ${protocol}, ${phases.join(' ')}`
}

async function configureAll(
  { config }: SmokeRequest,
  { plugins }: Described,
  steps: Steps,
): Promise<Configured[] | undefined> {
  const configured: Configured[] = []
  const names = plugins.map(({ name }) => name)
  const stranger = names.length > 1 && Object.keys(config ?? {}).find((name) => !names.includes(name))
  if (stranger) throw notInside(stranger, names)
  for (const plugin of plugins) {
    const given =
      plugins.length === 1 ? config : (config as Record<string, object> | undefined)?.[plugin.name]
    const settled = await steps.run('CONFIG', { plugin: plugin.name }, async () => {
      const whole = settleConfig(plugin, given)
      // What was given may be secret, and this is printed where others read it.
      const words =
        given === undefined ? `the defaults, ${JSON.stringify(whole)}` : `as given, with ${fieldsOf(whole)}`
      return [words, whole]
    })
    if (settled !== undefined) configured.push({ ...plugin, config: settled })
  }
  return configured.length === plugins.length ? configured : undefined
}

function fieldsOf(config: object): string {
  return Object.keys(config).join(', ') || 'no field'
}

/** Milliseconds that a server has to set the mode of a socket that is there already. */
const modeLimit = 1000

async function checkSocket(server: SmokeServer): Promise<readonly [string, true]> {
  await server.start()
  const mode = () => Number((server.socketStats()?.mode ?? 0n) & 0o7777n)
  const expired = performance.now() + modeLimit
  while (mode() !== 0o600 && performance.now() < expired) await delay(5)
  const octal = mode().toString(8).padStart(4, '0')
  if (mode() !== 0o600)
    throw new Failure(
      `its mode is ${octal}, not 0600: Kong starts it with umask 0, and others could speak to it`,
    )
  const owner = Number(server.socketStats()?.uid)
  if (owner !== process.getuid?.()) throw new Failure(`it belongs to user ${owner}`)
  return [`mode ${octal}, ours`, true]
}

async function tryPlugin(plugin: Configured, server: SmokeServer, steps: Steps): Promise<Worked[]> {
  const { protocol, socket, limit } = server.options
  const worker = new Worker(protocol, socket, plugin, { limit })
  const output = () => server.takeOutput()
  const about = { plugin: plugin.name, output }
  const started = await steps.run('INSTANCE', about, async () => {
    await server.running()
    const ids = [await worker.start(), await worker.renew()]
    const wrong = ids.find((id) => !isInstanceId(id, protocol))
    if (wrong !== undefined)
      throw new Failure(`it gave the id ${wrong}, where a whole number from 1 to 2,147,483,647 is due`)
    if (ids[0] === ids[1]) throw new Failure(`it gave two instances the id ${ids[0]}`)
    return [`started ${ids.join(', then ')}, and closed the first`, true]
  })
  if (started === undefined) {
    worker.close()
    return []
  }
  const events = eventsOf(plugin)
  for (const event of events) {
    const world = worldFor(event)
    const both = events.filter(({ phase }) => phase === event.phase).length > 1
    const lines = () => [...errorLines(world), ...output()]
    const where = { plugin: plugin.name, phase: both ? `${event.phase} (${event.subsystem})` : event.phase }
    await steps.run('PHASE', { ...where, output: lines }, async () => {
      await server.running()
      return [(await runEvent({ worker, event }, world)).words, true]
    })
  }
  return [{ worker, event: events[0]! }]
}

/** ProtoBuf:1 leaves 0 out, so that it stands for no instance. */
function isInstanceId(id: number, protocol: Dialect): boolean {
  return Number.isInteger(id) && id >= (protocol === 'ProtoBuf:1' ? 1 : 0) && id < 2 ** 31
}

async function tryServer(
  worked: readonly [Worked, ...Worked[]],
  server: SmokeServer,
  steps: Steps,
): Promise<void> {
  const { protocol, socket, limit } = server.options
  const output = () => server.takeOutput()
  const all: [name: string, rounds: number, work: () => Promise<string>][] = [
    ['GARBAGE', 3, () => sendGarbage(server, worked)],
    [
      'UNKNOWN-INSTANCE',
      1,
      async () => {
        await server.running()
        return askUnknown(protocol, socket, worked[0].event, { limit })
      },
    ],
    ['RESTART', 4, () => restartServer(server, worked)],
    ['STOP', 3, () => stopServer(server)],
  ]
  for (const [name, rounds, work] of all)
    await steps.run(name, { output, rounds }, async () => [await work(), true])
}
