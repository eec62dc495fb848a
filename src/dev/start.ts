import { BuildError } from '../../build/errors.ts'
import type { CallWatch } from '../fake-kong/watch.ts'
import type { Dialect } from '../pdk/phases.ts'
import { Bodies } from './gateway/bodies.ts'
import { type Echo, startEcho } from './gateway/echo.ts'
import { type Gateway, startGateway } from './gateway/gateway.ts'
import type { DevState } from './inspector/api.ts'
import { testOf } from './inspector/as-test.ts'
import { mainPlugin } from './inspector/main-plugin.ts'
import type { RecordedRequest, RequestSummary } from './inspector/record.ts'
import { createRecorder, type Records } from './inspector/record-requests.ts'
import { startInspector } from './inspector/server.ts'
import { loadPage } from './page-assets.ts'
import type { Problem, Program, Release } from './program/release.ts'
import { startProgram } from './program/start.ts'
import { type Source, type SourceOptions, watchSource } from './source.ts'
import { State } from './state.ts'
import { type Upstream, upstreamText } from './upstream.ts'

/** Everything listens here: nobody else on the network may reach a gateway that is being written. */
const host = '127.0.0.1'

/** Milliseconds that Kong waits for each message of a plugin; who looks at a paused handler has a day. */
const kongsLimit = 60_000
const noLimit = 86_400_000

/** Milliseconds that requests under way have at the end. */
const patience = 2000

export interface DevOptions {
  /** Plugins' files, or binaries. */
  readonly files: readonly string[]
  /** A file in Kong's declarative format; without one each plugin gets every request. */
  readonly kongYml: string | undefined
  /** The configuration where there is no declarative file; of several plugins by their names. */
  readonly config: object | undefined
  /** Where all requests go. Default: to the services of the file, without one to the built-in echo. */
  readonly upstream: Upstream | 'echo' | undefined
  readonly ports: DevPorts
  readonly dialect: Dialect | undefined
  /** The username or id of who every request comes from, as if a plugin had authenticated it. */
  readonly consumer: string | undefined
  /** The port of the first plugin's debugger; the others have the next ones. */
  readonly inspect: number | undefined
  readonly listener: DevListener
}

/** 0 takes a free port. */
export interface DevPorts {
  readonly http: number
  readonly tls: number
  /** Where a plugin has `preread`, or a route is for streams. */
  readonly stream: number
  readonly page: number
}

/** Hears what happens. */
export interface DevListener {
  onRelease(file: string, release: Release): void
  onProblem(problem: Problem): void
  onMended(source: string): void
  /** The declarative file was read again, with these notes. */
  onReread(file: string, notes: readonly string[]): void
  onOutput(line: string): void
  /** A handler takes very long. */
  onSlow(sentence: string): void
  onRequest(summary: RequestSummary): void
}

/** The local gateway, at work. */
export interface Dev {
  /** The page's address. */
  readonly page: string
  readonly records: Records
  state(): DevState
  /** Ends all that was started. */
  close(): Promise<void>
}

/** Starts the plugins, the gateway in front of their upstream, and the inspector. */
export async function startDev(options: DevOptions): Promise<Dev> {
  const closers: (() => unknown)[] = []
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one()
  }
  try {
    return { ...(await start(options, (closer) => closers.push(closer))), close }
  } catch (error) {
    await close()
    throw error
  }
}

type OnClose = (closer: () => unknown) => void

async function start(options: DevOptions, onClose: OnClose): Promise<Omit<Dev, 'close'>> {
  const { listener, ports, kongYml, config } = options
  const echo = await startEcho()
  onClose(() => echo.close())
  const where = upstreamsOf(options, echo)
  const bodies = new Bodies()
  let [gateway, source]: [Gateway?, Source?] = []
  let programs: readonly Program[] = []
  const recorder = createRecorder({
    onChange: (summary) => listener.onRequest(summary),
    resolveSource: (name) => firstOf(programs, (program) => program.resolveSource(name)),
  })
  const state: State = new State({
    declaredFor: (releases) => (source as Source).declaredFor(releases),
    peer: {
      limit: options.inspect === undefined ? kongsLimit : noLimit,
      watch: inTurn(bodies, recorder),
    },
    recorder,
    consumer: options.consumer,
    source: kongYml ?? 'the configuration',
    onSlow: (plugin, phase, { request }) =>
      listener.onSlow(`${plugin} ${phase} has been running for 5 s: ${request.method} ${request.path}`),
    about: () => ({ gateway: addressesOf(gateway), upstream: where.text }),
  })
  onClose(() => state.close())
  const troubled = new Set<string>()
  let isEnding = false
  const report = (from: string, problem: Problem | undefined) => {
    // What fails because all of it ends is no problem.
    if (isEnding) return
    state.problem(from, problem)
    if (problem !== undefined) {
      troubled.add(from)
      listener.onProblem(problem)
    } else if (troubled.delete(from)) listener.onMended(from)
  }
  source = await watchSource({
    file: kongYml,
    config,
    ...where,
    onChange(problem) {
      const file = kongYml as string
      if (problem !== undefined) return report(file, problem)
      state.forgetEdits()
      const refusal = state.refresh()
      report(file, refusal)
      if (refusal === undefined) listener.onReread(file, state.state().notes)
      tellOfStreams()
      for (const program of programs) program.retry()
    },
  })
  const watched = source
  onClose(() => watched.close())
  let isTold = false
  const tellOfStreams = () => {
    if (isTold || gateway === undefined || gateway.streamPort !== undefined || !state.hasStreams) return
    isTold = true
    listener.onOutput('There are TCP connections to take now: start kong-ts dev again for a port for them')
  }
  programs = await startPrograms(options, state, report, tellOfStreams)
  for (const program of programs) onClose(() => program.close())
  state.open(programs)
  const listening = await listen(ports, () =>
    startGateway({
      host,
      httpPort: ports.http,
      tlsPort: ports.tls,
      streamPort: state.hasStreams ? ports.stream : undefined,
      leases: state,
      recorder,
      bodies,
      onFailure: (sentence) => listener.onOutput(sentence),
    }),
  )
  gateway = listening
  const { httpPort, tlsPort } = listening
  onClose(() => listening.close(patience))
  const send = {
    http: { host, port: httpPort },
    ...(tlsPort !== undefined && { tls: { host, port: tlsPort } }),
  }
  const inspector = await listen(ports, () =>
    startInspector({
      host,
      port: ports.page,
      control: state,
      records: recorder,
      send,
      loadPage,
      asTest: (request, plugin) => asTest(request, plugin, state),
    }),
  )
  onClose(() => inspector.close())
  onClose(() => {
    isEnding = true
  })
  return { page: `http://${host}:${inspector.port}`, records: recorder, state: () => state.state() }
}

function asTest(request: RecordedRequest, plugin: string | undefined, state: State): string | undefined {
  const context = state.testContext(request, plugin ?? mainPlugin(request))
  return context && testOf(request, context)
}

function firstOf<T, R>(list: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of list) {
    const found = find(one)
    if (found !== undefined) return found
  }
  return undefined
}

async function startPrograms(
  { files, dialect, inspect, listener }: DevOptions,
  state: State,
  report: (from: string, problem: Problem | undefined) => void,
  onStreams: () => void,
): Promise<Program[]> {
  const started = await Promise.allSettled(
    files.map(async (file, index) => {
      let program: Program | undefined
      program = await startProgram(file, {
        dialect,
        inspect: inspect === undefined ? undefined : inspect + index,
        accept: (release) => state.refusal(program, release),
        onRelease(release) {
          if (program === undefined) return
          state.refresh()
          listener.onRelease(file, release)
          onStreams()
        },
        onRetired: (release) => state.retire(release),
        onProblem: (problem) => report(file, problem),
        onOutput: (line) => listener.onOutput(line),
      })
      return program
    }),
  )
  const failed = started.find((one) => one.status === 'rejected')
  const programs = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  if (failed === undefined) return programs
  await Promise.all(programs.map((program) => program.close()))
  throw failed.reason
}

/** Where requests go: all to one place, or the services' own way. */
function upstreamsOf(
  { upstream, kongYml }: DevOptions,
  echo: Echo,
): Pick<SourceOptions, 'redirect' | 'plain'> & { text: string } {
  const toEcho = {
    http: { protocol: 'http', host, port: echo.httpPort, path: undefined },
    stream: { protocol: 'tcp', host, port: echo.streamPort, path: undefined },
  } as const
  const given =
    upstream === undefined || upstream === 'echo'
      ? toEcho
      : { http: upstream.protocol === 'tcp' ? toEcho.http : upstream, stream: upstream }
  const plain = { ...given, stream: { ...given.stream, protocol: 'tcp' as const } }
  const own = kongYml !== undefined && upstream === undefined
  const text = own
    ? `the services of ${kongYml}`
    : given === toEcho
      ? 'a built-in echo'
      : upstreamText(upstream as Upstream)
  return { redirect: own ? { http: undefined, stream: undefined } : plain, plain, text }
}

/** The bodies that a call needs are there before it is noted down. */
function inTurn(bodies: Bodies, recorder: CallWatch): CallWatch {
  return {
    async before(world, phase, method) {
      await bodies.before(world, phase, method)
      return recorder.before(world, phase, method)
    },
    after: (world, phase, call) => recorder.after(world, phase, call),
  }
}

function addressesOf(gateway: Gateway | undefined): DevState['gateway'] {
  const { httpPort = 0, tlsPort, streamPort } = gateway ?? {}
  return {
    http: `http://${host}:${httpPort}`,
    ...(tlsPort !== undefined && { https: `https://${host}:${tlsPort}` }),
    ...(streamPort !== undefined && { stream: `${host}:${streamPort}` }),
  }
}

const portFlags = { http: '--port', tls: '--tls-port', stream: '--stream-port', page: '--page-port' } as const

/** A port that is taken gets a sentence with the flag that chooses another. */
async function listen<T>(ports: DevPorts, start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (error) {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number }
    const which = Object.entries(ports).find(([, own]) => own === port)?.[0] as keyof DevPorts | undefined
    if (which === undefined || (code !== 'EADDRINUSE' && code !== 'EACCES')) throw error
    throw new BuildError(
      `Cannot listen on port ${port} of ${host}: ${code === 'EACCES' ? 'it is not allowed' : 'another program does'}; choose another with ${portFlags[which]}, or 0 for a free one`,
    )
  }
}
