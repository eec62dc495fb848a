import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Sent } from './service.ts'

/** What the README of an example shows: its configuration, a request, and what comes of it. */
export interface Shown {
  readonly config: Readonly<Record<string, unknown>>
  readonly request: Sent
  readonly answer: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
  /** Blocks of JSON, in their order. */
  readonly json: readonly unknown[]
}

/** Reads it: `yaml` with the plugin as in `kong.yml`, then `http` twice. */
export function shownBy(name: string): Shown {
  const text = readFileSync(new URL(`../${name}/README.md`, import.meta.url), 'utf8')
  const [yaml = ''] = blocksOf(text, 'yaml')
  const { plugins } = parse(yaml) as { plugins: [{ name: string; config: Record<string, unknown> }] }
  const [request, answer] = blocksOf(text, 'http').map(messageOf)
  if (request === undefined || answer === undefined || plugins[0].name !== name)
    throw new Error(`The README of ${name} has no configuration of it, or no request and answer`)
  const [method = '', path = ''] = request.first.split(' ')
  const { headers, body } = request
  return {
    config: plugins[0].config,
    request: { method, path, headers, ...(body === '' ? {} : { body }) },
    answer: { status: Number(answer.first.split(' ')[1]), headers: answer.headers, body: answer.body },
    json: blocksOf(text, 'json').map((block) => JSON.parse(block) as unknown),
  }
}

function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block]) => block ?? '',
  )
}

function messageOf(block: string) {
  const [head = '', ...body] = block.trimEnd().split('\n\n')
  const [first = '', ...lines] = head.split('\n')
  const headers = lines.map((line) => line.split(/: */, 2) as [string, string])
  return {
    first,
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: body.join('\n\n'),
  }
}
