import { printable } from '../../build/inspect/printable.ts'
import type { RequestSummary } from './inspector/record.ts'
import type { Problem, Release } from './program/release.ts'
import type { Dev, DevListener } from './start.ts'

/** What a plugin server says at its start and end, which other lines tell already. */
const ofTheKit = /^info: \S.* (serves \S+:1 on |stops: it got SIGTERM$)/

/** What a plugin's process says that the log of Kong, or the banner, has too. */
const saidElsewhere =
  /^error: \S+ \S+ \(instance \d+\) failed: |^Debugger listening on |^For help, see: |^Debugger attached/

/** Tells in a terminal what happens: what runs, what each request came to, and why a save is not what runs. */
export class Reporter implements DevListener {
  readonly #print: (line: string) => void
  readonly #told = new Set<number>()
  #dev: Dev | undefined
  #notes: readonly string[] = []

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  /** The gateway takes requests. */
  open(dev: Dev, debuggers: readonly string[]): void {
    this.#dev = dev
    const { gateway, programs, upstream, notes } = dev.state()
    const { http, https, stream } = gateway
    for (const { file, protocol, plugins } of programs)
      for (const { name, version, priority, phases } of plugins)
        this.#print(
          `Plugin    ${name} ${version}, priority ${priority}, ${phases.join(', ')}, ${protocol}: ${file}`,
        )
    this.#noteAll(notes)
    this.#print(`Upstream  ${upstream}`)
    this.#print(
      `Gateway   ${[http, https].filter(Boolean).join('  ')}${stream === undefined ? '' : `  TCP ${stream}`}`,
    )
    if (debuggers.length > 0) this.#print(`Debugger  ${debuggers.join('  ')}`)
    this.#print(`Page      ${dev.page}`)
  }

  onRelease(file: string, { number }: Release): void {
    this.#print(`Reloaded  ${file}, release ${number}`)
  }

  onProblem({ source, text }: Problem): void {
    this.#print(`Problem   ${source} is not what runs:`)
    this.#print(`          ${linesOf(text)}`)
  }

  onReread(file: string, notes: readonly string[]): void {
    this.#print(`Reloaded  ${file}`)
    this.#noteAll(notes)
  }

  onSlow(sentence: string): void {
    this.#print(`Waiting   ${printable(sentence)}`)
  }

  onMended(source: string): void {
    this.#print(`Mended    ${source}`)
  }

  onOutput(line: string): void {
    if (!ofTheKit.test(line) && !saidElsewhere.test(line)) this.#print(`Output    ${printable(line)}`)
  }

  onRequest(summary: RequestSummary): void {
    const { id, duration, state } = summary
    if (duration === undefined) return
    if (!this.#told.has(id)) this.#print(lineOf(summary))
    this.#told.add(id)
    if (state === 'running') return
    this.#told.delete(id)
    for (const { level, text, plugin } of this.#dev?.records.get(id)?.logs ?? [])
      this.#print(`          [${level}] ${plugin ?? 'kong'}: ${linesOf(text)}`)
  }

  /** Those that were not told before. */
  #noteAll(notes: readonly string[]): void {
    for (const note of notes) if (!this.#notes.includes(note)) this.#print(`Note      ${note}`)
    this.#notes = notes
  }
}

function lineOf({ kind, state, method, url, status, duration = 0 }: RequestSummary): string {
  const isHttp = kind === 'http' || kind === 'websocket'
  const what = `${isHttp ? method : kind} ${printable(url)}`
  const how = state === 'aborted' || state === 'refused' ? state : (status ?? 'done')
  return `Request   ${what} ${how} in ${duration.toFixed(1)} ms`
}

/** With what a terminal would obey shown by its number. */
function linesOf(text: string): string {
  return text.split('\n').map(printable).join('\n          ')
}
