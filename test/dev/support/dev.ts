import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { DevState } from '../../../src/dev/inspector/api.ts'

const kongTs = resolve('bin/kong-ts.mjs')

/** Milliseconds to wait for a line: far more than any takes. */
const limit = 60_000

/** `kong-ts dev` as a process of its own, on free ports. */
export interface DevProcess {
  readonly pid: number
  readonly gateway: string
  readonly https: string
  readonly stream: string | undefined
  readonly page: string
  /** All lines so far. */
  readonly lines: readonly string[]
  readonly errors: () => string
  /** Resolves with the first line, old or new, that fits. */
  line(pattern: RegExp): Promise<string>
  /** SIGINT; gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export async function startDev(args: readonly string[], cwd = resolve('.')): Promise<DevProcess> {
  const ports = ['--port', '0', '--tls-port', '0', '--stream-port', '0', '--page-port', '0']
  const child = spawn(process.execPath, [kongTs, 'dev', ...args, ...ports], { cwd })
  const said = listen(child)
  const page = (await said.line(/^Page /)).split(/\s+/)[1] as string
  const [http = '', https = ''] = /Gateway +(\S+) +(\S+)/.exec(said.lines.join('\n'))?.slice(1) ?? []
  const stream = /TCP (\S+)/.exec(said.lines.join('\n'))?.[1]
  return {
    pid: child.pid as number,
    gateway: http,
    https,
    stream,
    page,
    ...said,
    stop(signal = 'SIGINT') {
      child.kill(signal)
      return said.ended
    },
  }
}

function listen(child: ChildProcessWithoutNullStreams) {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  const wake = () => {
    for (const one of waiting) one()
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    wake()
  })
  let isOver = false
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  void ended.then(() => {
    isOver = true
    wake()
  })
  return {
    lines,
    errors: () => errors,
    ended,
    line: (pattern: RegExp) =>
      new Promise<string>((resolve, reject) => {
        let isLate = false
        const look = () => {
          const found = lines.find((line) => pattern.test(line))
          if (found === undefined && !isOver && !isLate) return
          waiting.delete(look)
          clearTimeout(timer)
          if (found !== undefined) resolve(found)
          else reject(new Error(`There is no line like ${pattern}: ${lines.join('\n')}\n${errors}`))
        }
        const timer = setTimeout(() => {
          isLate = true
          look()
        }, limit)
        waiting.add(look)
        look()
      }),
  }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export function ask(url: string, options: RequestOptions = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, ...options }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A private folder with a copy of an example's plugin. */
export function copyExample(name: string): { file: string; folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'dev-'))
  const file = join(folder, `${name}.ts`)
  copyFileSync(`examples/${name}/plugin.ts`, file)
  return { file, folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The state as a page gets it when it connects. */
export function stateOf(page: string): Promise<DevState> {
  return new Promise((resolve, reject) => {
    const sent = request(`${page}/api/events`, { agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
        const data = /^event: state\ndata: (.*)\n\n/m.exec(text)?.[1]
        if (data === undefined) return
        sent.destroy()
        resolve(JSON.parse(data))
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}
