import { types } from 'node:util'
import { show } from '../errors.ts'
import type { Node, World, WorldInput } from '../fake-kong/world.ts'
import { nearest } from '../nearest.ts'
import type { Consumer, Route, Service } from '../pdk/entities.ts'
import { dialects, phases } from '../pdk/phases.ts'
import { TestingError } from './errors.ts'
import type { AnyOtherPlugin, AnyRunOptions, Fault, StartOptions, UpstreamAnswer } from './options.ts'

/** Throws a sentence for what is no option of `run`, which takes those of `start` too. */
export function checkRun(options: unknown): void {
  checkMembers('options', options, { members: { ...requestOptions, ...startOptions } })
}

export function checkStart(options: unknown): void {
  refuse(options, requestOptions, 'start', 'the run of what it gives')
  checkMembers('options', options, { members: startOptions })
}

/** Those of `run` of a server that was started. */
export function checkRequest(options: unknown): void {
  refuse(options, startOptions, 'run of a server', 'start')
  checkMembers('options', options, { members: requestOptions })
}

/** What a function gave as the service's answer. */
export function checkAnswer(given: unknown): void {
  checkMembers('the answer of upstream', given, { members: answer })
}

/** What an option may be: a kind by name, one of some words, or an object with members of their own. */
type Kind = keyof typeof kinds | readonly string[] | Shaped | { readonly each: Members }
type Members = Readonly<Record<string, Kind>>
interface Shaped {
  readonly members: Members
  /** Also fits. */
  readonly or?: Exclude<keyof typeof kinds, 'headers'>
}

/** Every member has its kind: an option that is new in the types has to be named here. */
type MembersOf<T> = Required<{ readonly [K in keyof T]: Kind }>

const kinds = {
  anything: ['anything', () => true],
  text: ['text', isText],
  number: ['a number', isNumber],
  count: ['a whole number above 0', (value) => Number.isInteger(value) && Number(value) > 0],
  status: [
    'a whole number from 100 to 999',
    (value) => Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 999,
  ],
  flag: ['true or false', (value) => typeof value === 'boolean'],
  time: [
    "a Date or milliseconds since 1970, as new Date('2030-01-01')",
    (value) => Number.isFinite(types.isDate(value) ? value.getTime() : value),
  ],
  bytes: ['text or bytes', (value) => isText(value) || types.isUint8Array(value)],
  body: ['text, bytes or an object', (value) => isText(value) || isAnyObject(value)],
  object: ['an object', isObject],
  texts: ['a list of text', (value) => isListOf(value, isText)],
  objects: ['a list of objects', (value) => isListOf(value, isObject)],
  textByName: ['an object with text in it', (value) => isObjectOf(value, isText)],
  numberByName: ['an object with numbers in it', (value) => isObjectOf(value, isNumber)],
  headers: [
    "an object with text or lists of text in it, as { accept: 'text/html' }",
    (value) => isObjectOf(value, (header) => isText(header) || isListOf(header, isText)),
  ],
  none: ['null for none', (value) => value === null],
  script: [
    "a function of the request that gives one, or 'echo'",
    (value) => typeof value === 'function' || value === 'echo',
  ],
} as const satisfies Readonly<Record<string, readonly [want: string, fits: (value: unknown) => boolean]>>

const entity = { id: 'text' } as const
const times = { created_at: 'number', updated_at: 'number' } as const
const owned = { tags: 'texts', ws_id: 'text' } as const

const consumer = {
  username: 'text',
  custom_id: 'text',
  ...entity,
  ...times,
  ...owned,
} satisfies MembersOf<Consumer>

const route = {
  paths: 'texts',
  methods: 'texts',
  hosts: 'texts',
  headers: 'headers',
  protocols: 'texts',
  strip_path: 'flag',
  preserve_host: 'flag',
  name: 'text',
  snis: 'texts',
  sources: 'objects',
  destinations: 'objects',
  expression: 'text',
  priority: 'number',
  regex_priority: 'number',
  https_redirect_status_code: 'number',
  path_handling: ['v0', 'v1'],
  request_buffering: 'flag',
  response_buffering: 'flag',
  service: { members: entity },
  ...entity,
  ...times,
  ...owned,
} satisfies MembersOf<Route>

const service = {
  host: 'text',
  port: 'number',
  path: 'text',
  protocol: 'text',
  name: 'text',
  retries: 'number',
  connect_timeout: 'number',
  write_timeout: 'number',
  read_timeout: 'number',
  enabled: 'flag',
  tls_verify: 'flag',
  tls_verify_depth: 'number',
  ca_certificates: 'texts',
  client_certificate: { members: entity },
  ...entity,
  ...times,
  ...owned,
} satisfies MembersOf<Service>

const request = {
  method: 'text',
  path: 'text',
  query: 'text',
  headers: 'headers',
  body: 'bytes',
  scheme: ['http', 'https'],
  host: 'text',
  port: 'number',
  httpVersion: 'number',
  bodyFile: 'text',
} satisfies MembersOf<NonNullable<WorldInput['request']>>

const client = {
  ip: 'text',
  port: 'number',
  forwardedIp: 'text',
  forwardedPort: 'number',
  protocol: 'text',
  certificateChain: 'text',
  isAskedForCertificate: 'flag',
} satisfies MembersOf<World['client']>

const node = {
  id: 'text',
  hostname: 'text',
  clusterId: 'text',
  pluginId: 'text',
  version: 'text',
  edition: ['free', 'enterprise'],
  logLevel: 'text',
  memory: { members: { dicts: 'object', workers: 'objects' } },
  statistics: 'numberByName',
} satisfies MembersOf<Node>

const bytes = { members: { received: 'number', sent: 'number' } } as const
const measured = {
  requestSize: 'number',
  responseSize: 'number',
  latencies: 'numberByName',
  tries: 'objects',
  session: bytes,
  upstream: bytes,
} satisfies MembersOf<World['measured']>

const answer = { status: 'status', headers: 'headers', body: 'body' } satisfies MembersOf<UpstreamAnswer>

type EveryFault<F = Fault> = { [K in F extends unknown ? keyof F : never]: unknown }
const fault = {
  raise: 'text',
  close: 'text',
  stall: 'text',
  restart: phases,
  words: 'text',
  ms: 'number',
} satisfies MembersOf<EveryFault>

const requestOptions = {
  // Kong itself says what is wrong with it.
  config: 'anything',
  request: { members: request },
  route: { members: route, or: 'none' },
  service: { members: service, or: 'none' },
  consumer: { members: consumer },
  upstream: { members: answer, or: 'script' },
  phases: 'texts',
  stream: 'flag',
  fault: { members: fault },
  now: 'time',
  freezeDate: 'flag',
  captures: { members: { unnamed: 'texts', named: 'textByName' } },
  client: { members: client },
  consumers: { each: consumer },
  credential: 'object',
  ctx: { members: { shared: 'object', nginx: 'object' } },
  groups: 'objects',
  measured: { members: measured },
  node: { members: node },
  requestId: 'text',
  trustedIps: 'texts',
  upstreams: 'texts',
  variables: 'textByName',
  vault: 'textByName',
  workspace: { members: { id: 'text', name: 'text' } },
} satisfies MembersOf<AnyRunOptions>

const startOptions = {
  // What it may be depends on the plugin.
  level: 'anything',
  dialect: dialects,
  name: 'text',
  limit: 'count',
  workers: 'count',
  pieces: 'count',
  others: {
    each: { plugin: 'anything', name: 'text', config: 'anything' } satisfies MembersOf<AnyOtherPlugin>,
  },
} satisfies MembersOf<StartOptions>

/** What is left out, be it as `undefined`, is as its default. */
function check(path: string, value: unknown, kind: Kind): void {
  if (value === undefined) return
  if (typeof kind === 'string') {
    const [want, fits] = kinds[kind]
    if (!fits(value)) throw unfit(path, value, `it must be ${want}`)
  } else if (isWords(kind)) {
    if (kind.some((word) => word === value)) return
    const meant = isText(value) ? nearest(value, kind, 1) : undefined
    throw unfit(path, value, meant === undefined ? `there are ${kind.join(', ')}` : `did you mean ${meant}?`)
  } else if ('each' in kind) {
    const [first] = Object.keys(kind.each)
    if (!Array.isArray(value)) throw unfit(path, value, `it must be a list, as [{ ${first}: ... }]`)
    for (const [index, item] of value.entries())
      checkMembers(`${path}[${index}]`, item, { members: kind.each })
  } else checkMembers(path, value, kind)
}

function checkMembers(path: string, value: unknown, { members, or }: Shaped): void {
  if (or !== undefined && kinds[or][1](value)) return
  const known = Object.keys(members)
  if (!isObject(value)) {
    const some = `${known.slice(0, 5).join(', ')}${known.length > 5 ? ', ...' : ''}`
    const other = or === undefined ? '' : `, or ${kinds[or][0]}`
    throw unfit(path, value, `it must be an object with any of ${some}${other}`)
  }
  const inside = path === 'options' ? '' : `${path}.`
  for (const [name, member] of Object.entries(value)) {
    const kind = Object.hasOwn(members, name) ? members[name] : undefined
    if (kind !== undefined) check(`${inside}${name}`, member, kind)
    else {
      const meant = nearest(name, known, 1)
      throw new TestingError(
        `Cannot use ${inside}${name}: there is no such option${meant === undefined ? `; there are ${known.join(', ')}` : `, did you mean ${inside}${meant}?`}`,
      )
    }
  }
}

function refuse(options: unknown, wrong: Members, here: string, there: string): void {
  const name = isObject(options) ? Object.keys(options).find((key) => Object.hasOwn(wrong, key)) : undefined
  if (name !== undefined) throw new TestingError(`Cannot use ${name} in ${here}: it is an option of ${there}`)
}

function unfit(path: string, value: unknown, hint: string): TestingError {
  return new TestingError(`Cannot use ${show(value)} as ${path}: ${hint}`)
}

function isWords(kind: Exclude<Kind, string>): kind is readonly string[] {
  return Array.isArray(kind)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): boolean {
  return Number.isFinite(value)
}

function isAnyObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isObject(value: unknown): value is object {
  return isAnyObject(value) && !Array.isArray(value)
}

function isListOf(value: unknown, fits: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(fits)
}

function isObjectOf(value: unknown, fits: (member: unknown) => boolean): boolean {
  return isObject(value) && Object.values(value).every((member) => member === undefined || fits(member))
}
