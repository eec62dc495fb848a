import { printable } from '../../build/inspect/printable.ts'
import type { RequestSummary } from './inspector/record.ts'
import type { Problem, Release } from './program/release.ts'
import type { Dev, DevListener } from './start.ts'

/** Levels of Kong's log that say nothing at its default level. */
const quiet = new Set(['debug', 'info'])

/** What a plugin server says at its start and end, which other lines tell already. */
const ofTheKit = /^info: \S.* (serves \S+:1 on |stops: it got SIGTERM$)/

/** Tells in a terminal what happens: what runs, what each request came to, and why a save is not what runs. */
export class Reporter implements DevListener {
  readonly #print: (line: string) => void
  #dev: Dev | undefined

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  /** The gateway takes requests. */
  open(dev: Dev): void {
    this.#dev = dev
    const { gateway, programs, upstream, notes } = dev.state()
    const { http, https, stream } = gateway
    for (const { file, protocol, plugins } of programs)
      for (const { name, version, priority, phases } of plugins)
        this.#print(
          `Plugin    ${name} ${version}, priority ${priority}, ${phases.join(', ')}, ${protocol}: ${file}`,
        )
    for (const note of notes) this.#print(`Note      ${note}`)
    this.#print(`Upstream  ${upstream}`)
    this.#print(
      `Gateway   ${[http, https].filter(Boolean).join('  ')}${stream === undefined ? '' : `  TCP ${stream}`}`,
    )
    this.#print(`Page      ${dev.page}`)
  }

  onRelease(file: string, { number }: Release): void {
    this.#print(`Reloaded  ${file}, release ${number}`)
  }

  onProblem({ source, text }: Problem): void {
    this.#print(`Problem   ${source} is not what runs:`)
    for (const line of text.split('\n')) this.#print(`          ${line}`)
  }

  onMended(source: string): void {
    this.#print(`Mended    ${source}`)
  }

  onOutput(line: string): void {
    if (!ofTheKit.test(line)) this.#print(`Output    ${line}`)
  }

  onRequest({ id, kind, state, method, url, status, duration }: RequestSummary): void {
    if (state === 'running') return
    const what =
      kind === 'http' || kind === 'websocket' ? `${method} ${printable(url)}` : `${kind} ${printable(url)}`
    const how = state === 'done' ? (status ?? 'done') : state
    this.#print(`Request   ${what} ${how} in ${(duration ?? 0).toFixed(1)} ms`)
    for (const { level, text, plugin } of this.#dev?.records.get(id)?.logs ?? [])
      if (!quiet.has(level))
        this.#print(
          `          [${level}] ${plugin ?? 'kong'}: ${text.split('\n').map(printable).join('\n          ')}`,
        )
  }
}
