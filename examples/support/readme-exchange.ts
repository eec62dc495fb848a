import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** What the README of an example shows: a configuration of Kong, one request, and its answer. */
export interface Exchange {
  /** Of the plugin, from the `yaml` block. */
  readonly config: Record<string, unknown>
  readonly request: HttpMessage
  readonly answer: HttpMessage
  /** What else it shows in `http` blocks. */
  readonly others: readonly HttpMessage[]
}

export interface HttpMessage {
  /** `GET /path HTTP/1.1`, or `HTTP/1.1 200 OK`. */
  readonly first: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Reads the `yaml` block and the `http` blocks of an example's README. */
export function exchangeOf(example: string): Exchange {
  const text = readFileSync(`examples/${example}/README.md`, 'utf8')
  const [request, answer, ...others] = blocksOf(text, 'http').map(messageOf)
  const [kongYml = ''] = blocksOf(text, 'yaml')
  const { plugins } = parse(kongYml) as { plugins: { name: string; config: Record<string, unknown> }[] }
  const config = plugins.find(({ name }) => name === example)?.config
  if (request === undefined || answer === undefined || config === undefined)
    throw new Error(`examples/${example}/README.md shows no configuration, request and answer`)
  return { config, request, answer, others }
}

function blocksOf(text: string, language: string): string[] {
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))
  return [...blocks].map(([, block]) => block ?? '')
}

function messageOf(block: string): HttpMessage {
  const [head = '', body = ''] = block.trimEnd().split('\n\n')
  const [first = '', ...lines] = head.split('\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  return { first, headers: Object.fromEntries(headers), body }
}
