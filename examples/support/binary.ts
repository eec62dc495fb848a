import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { MsgpackPeer } from './msgpack-peer.ts'
import type { Answers, Call, Outcome, Peer } from './peer.ts'
import { ProtobufPeer } from './protobuf-peer.ts'

/** A built plugin at work in a prefix of its own, with a peer that plays Kong. */
export interface RunningPlugin {
  readonly dump: Dump
  readonly prefix: string
  /** Starts an instance with the configuration as Kong would send it, its own members included. */
  configure(config: object): Promise<Instance>
  /** What it has logged so far. */
  log(): string
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>
}

export interface Instance {
  readonly id: number
  run(phase: string, answers: Answers, watch?: (call: Call) => void): Promise<Outcome>
  close(): Promise<void>
}

export interface Dump {
  readonly Protocol: string
  readonly SocketPath: string
  readonly Plugins: readonly {
    readonly Name: string
    readonly Version: string
    readonly Priority: number
    readonly Phases: readonly string[]
    readonly Schema: { readonly fields: readonly Record<string, unknown>[] }
  }[]
}

export function binaryOf(name: string): string {
  return join('dist', `${process.platform}-${process.arch}`, name)
}

/** Builds an example where its binary is missing or older than what it is made of. */
export function buildExample(name: string): void {
  const binary = binaryOf(name)
  const folder = join('examples', name)
  const built = existsSync(binary) ? statSync(binary).mtimeMs : 0
  const sources = [...filesOf('src'), ...filesOf('build'), ...filesOf(folder), 'sea-config.json']
  const changed = sources.some((file) => !file.endsWith('.test.ts') && statSync(file).mtimeMs > built)
  if (!changed) return
  const plugin = readdirSync(folder).find((file) => /^plugin\.(ts|c?js)$/.test(file)) ?? 'plugin.ts'
  const build = ['bin/kong-ts.mjs', 'build', join(folder, plugin)]
  execFileSync(process.execPath, build, { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Builds an example and starts it, with flags such as `-workers`: what its tests run. */
export function startExample(name: string, flags: readonly string[] = []): Promise<RunningPlugin> {
  buildExample(name)
  return startPlugin(binaryOf(name), [], flags)
}

/**
 * Starts a binary as Kong does: it is asked for its description, then run with an empty environment. One of another
 * architecture has a runner before it, as `['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu']`.
 */
export async function startPlugin(
  binary: string,
  runner: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<RunningPlugin> {
  const prefix = mkdtempSync(join(tmpdir(), 'kong-'))
  const [program = binary, ...args] = [...runner, binary, '-kong-prefix', prefix, ...flags]
  const dump = JSON.parse(execFileSync(program, [...args, '-dump'], { env: {}, encoding: 'utf8' })) as Dump
  const child = spawn(program, args, { env: {}, stdio: ['pipe', 'ignore', 'pipe'] })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const name = dump.Plugins[0]?.Name ?? basename(binary)
  await socketOf(child, dump.SocketPath).catch((error: Error) => {
    rmSync(prefix, { recursive: true, force: true })
    throw new Error(`${error.message}: ${log}`)
  })
  const peer =
    dump.Protocol === 'MsgPack:1' ? new MsgpackPeer(dump.SocketPath) : new ProtobufPeer(dump.SocketPath)
  return {
    dump,
    prefix,
    configure: async (config) => {
      const sent = { ...config, __plugin_id: 'b7d4a9f6-3c1e-4c55-9a0e-0d6d8d3f3b11', __seq__: 1 }
      return instanceOf(peer, await peer.startInstance(name, sent))
    },
    log: () => log,
    async stop() {
      peer.end()
      child.kill('SIGTERM')
      const code = await ended
      rmSync(prefix, { recursive: true, force: true })
      return code
    },
  }
}

function instanceOf(peer: Peer, id: number): Instance {
  return {
    id,
    run: (phase, answers, watch) => peer.handleEvent(id, phase, answers, watch),
    close: () => peer.closeInstance(id),
  }
}

async function socketOf(child: ChildProcess, path: string): Promise<void> {
  while (!existsSync(path)) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error('The plugin ended before it listened')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => !file.endsWith('.md') && statSync(file).isFile())
}
