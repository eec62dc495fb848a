import { type ErrorCode, fault } from '../../../src/errors.ts'
import { type SchemaErrorCode, schemaFault } from '../../../src/schema/errors.ts'

type Entry<Values> = readonly [when: string, ...values: Values extends readonly unknown[] ? Values : never]
type Catalogue<Code extends string, Values extends Record<Code, readonly unknown[]>> = {
  readonly [C in Code]: Entry<Values[C]>
}
type RunValues = { [C in ErrorCode]: ErrorValues<typeof fault<C>> }
type SchemaValues = { [C in SchemaErrorCode]: ErrorValues<typeof schemaFault<C>> }
type ErrorValues<F> = F extends (code: never, ...values: infer V) => unknown ? V : never

const header = 'kong.response.setHeader'
const phases = ['certificate', 'rewrite', 'access', 'response', 'preread', 'log']

/** When each error comes, and values for a sentence of it. */
const run: Catalogue<ErrorCode, RunValues> = {
  BAD_ARGUMENT: ['a call is made', header, 'value', 'a string', undefined],
  TOO_MANY_ARGUMENTS: ['a call is made', 'kong.request.getHeader', 1, 2],
  NOT_CARRIED: ['a call is made', 'kong.ctx.shared.set', 'value.on', false, 'ProtoBuf:1', 'send 0 or 1'],
  UNSENDABLE: ['a call is made', 'kong.ctx.shared.set', 'it refers to itself'],
  NOT_IN_PHASE: ['a call is made', 'kong.request.getMethod', 'log', ['rewrite', 'access', 'response']],
  NOT_IN_DIALECT: ['a call is made', 'kong.response.error', 'ProtoBuf:1', ['MsgPack:1']],
  EVENT_ENDED: ['a call is made when its handler has returned', header, 'access', 'its handler has returned'],
  EXITED: ['an exit is awaited', 'kong.response.exit'],
  CONNECTION_LOST: ['Kong does not answer a call', 'kong.service.setTarget'],
  NO_ANSWER: ['Kong does not answer a call', 'kong.request.getRawBody', 'access', 30_000],
  REPLY_UNREADABLE: ['Kong answers a call', 'kong.log.serialize', 'it is no JSON'],
  BODY_UNREADABLE: [
    'Kong answers with the path of a file',
    'kong.request.getRawBody',
    'EACCES: permission denied',
  ],
  HANDLER_TIMEOUT: ['a handler runs', 'access', 30_000],
  GENERATOR: ['a handler runs', 'access'],
  NOT_READY: ['an event comes', 204399324],
  BAD_CONFIG: ['an instance starts', 'it is "text" and not an object'],
  NO_PLUGIN: ['an instance starts', 'jwt-guard', ['hello']],
  NO_INSTANCE: ['an event comes; Kong then starts the instance again', 7],
  FORGOTTEN: [
    'Kong 3.5, or 3.6 over MsgPack:1, asks for seconds for an instance of a server before this one',
    7,
  ],
  FRAME_TOO_LONG: ['bytes come from Kong', 91_226_112, 67_108_864],
  MESSAGE_TOO_LONG: ['bytes come from Kong', 67_108_864, 67_108_864],
  BAD_PROTOBUF: ['bytes come from Kong', 'RpcCall', 12],
  BAD_MSGPACK: ['bytes come from Kong', 'a request', 12],
  BAD_RPC: ['bytes come from Kong', 'it holds no command of ProtoBuf:1'],
  UNKNOWN_MEMBER: ['a definition is read', 'acess', 'access', phases],
  FILTER_PHASE: ['a definition is read', 'body_filter'],
  NO_PHASE: ['a definition is read', phases],
  BAD_MEMBER: ['a definition is read', 'timeLimit', 'a whole number above 0', '30 s'],
  ADDON_UNLOADABLE: ['the plugin starts', 'native.node', 'it was compiled against another Node'],
  NO_PLACE: ['the plugin starts', 'native.node', ['/dev/shm: EACCES']],
}

const schema: Catalogue<SchemaErrorCode, SchemaValues> = {
  NOT_A_FIELD: ['a field is read', 'config.message', 'text'],
  EMPTY_NAME: ['a field is read', 'config'],
  DUPLICATE_FIELD: ['a field is read', 'config.message'],
  UNKNOWN_TYPE: ['a field is read', 'config.message', 'text', ['string', 'number']],
  NOT_JSON: ['a field is read', 'config.message.default', /a/],
  UNKNOWN_ATTRIBUTE: ['a field is read', 'config.message', 'max'],
  WRONG_ATTRIBUTE: ['a field is read', 'config.message', 'between', 'string', ['number', 'integer']],
  NO_ABSTRACT: ['a field is read', 'config.message'],
  MISSING_ATTRIBUTE: ['a field is read', 'config.denied', 'elements', 'array'],
  BAD_ATTRIBUTE: [
    'a field is read',
    'config.size',
    'between',
    [2, 1],
    'the first number must not be above the second',
  ],
  BAD_DESCRIPTION: ['a field is read', 'config.message', 4],
  BAD_DEFAULT: ['a field is read', 'config.mode', 'loud', 'expected one of: block, report'],
  BAD_PATTERN: ['a field is read', 'config.path', 'match', '\\d+', 'it has no \\d: write %d'],
  BAD_CHECK: ['a rule between fields is read', 'entityChecks[0]', 'it has no fields'],
  UNKNOWN_FIELD_IN_CHECK: ['a rule between fields is read', 'entityChecks[0]', 'denid', ['denied', 'limits']],
  BAD_PROTOCOLS: ['the plugin is described', ['htp'], ['http', 'https']],
  REFUSED_BY_KONG: ['the plugin is described', 'hello', 'config: unknown field'],
  BAD_NAME: ['the plugin is described', 'my plugin'],
  BAD_VERSION: ['the plugin is described', '1.0'],
  BAD_PRIORITY: ['the plugin is described', 1.5],
  BAD_KONG_SCHEMA: ['a module of kong-pdk is read', 'Schema[0]', 'text'],
  NO_EXAMPLE: ['an object in the Go shape is read', 'maxSize', undefined],
}

/** Errors whose sentences stand where they are raised. */
export const others: Readonly<Record<string, readonly [when: string, what: string]>> = {
  PLUGIN_HEAD: ['a module of kong-pdk is read', 'it exports no `Version`, or a `Schema` that is no list'],
  NO_EXPORT: ['the plugin starts', 'its file exports nothing that is a plugin'],
  BROKEN: ['the plugin starts', 'its file throws when it is read; the sentence has the first reason'],
  STARTED: ['the plugin starts', 'a file calls `startServer` twice; give each plugin a file of its own'],
  SAME_NAME: ['a bundle starts', 'two of its plugins have one name for Kong'],
  MIXED_PROTOCOLS: [
    'a bundle starts',
    'its plugins want two protocols on one socket; the sentence says which',
  ],
  USAGE: [
    'the plugin starts',
    'a flag that there is not, or a value that it does not take; `-help` lists them',
  ],
  UNHEALTHY: [
    '`-health` asks the server',
    'it does not answer in time, or not as this plugin; the sentence says what it does',
  ],
  SOCKET_PATH: [
    'the server listens',
    'the path is too long, has no folder, or is no socket; the sentence says which',
  ],
}

/** docs/errors.md, all of it. */
export function errorsPage(): string {
  return `# Errors

Every error of a plugin's binary is a \`KongPluginError\`. Its \`code\` is stable: compare that, and not the sentence. What a handler
does not catch ends its request with 500, or lets it go on with \`onError: 'continue'\`; the sentence is in Kong's error log. Sentences
here have examples for their values.

A program writes this page from the sentences in \`src/errors.ts\` and \`src/schema/errors.ts\`, and a test fails where it is not what
they say.

## While it runs

${table(run, (code, values) => (fault as (code: string, ...values: unknown[]) => Error)(code, ...values))}

## The definition and its schema

These stop the build, so that they do not stop Kong.

${table(schema, (code, values) => (schemaFault as (code: string, ...values: unknown[]) => Error)(code, ...values))}

## The start

| code | when | what |
|---|---|---|
${Object.entries(others)
  .map(([code, [when, what]]) => `| \`${code}\` | ${when} | ${what} |`)
  .join('\n')}
`
}

function table(
  catalogue: Readonly<Record<string, readonly [string, ...unknown[]]>>,
  make: (code: string, values: readonly unknown[]) => Error,
): string {
  const rows = Object.entries(catalogue).map(
    ([code, [when, ...values]]) => `| \`${code}\` | ${when} | ${plain(make(code, values).message)} |`,
  )
  return ['| code | when | sentence |', '|---|---|---|', ...rows].join('\n')
}

/** A sentence as it is, in a cell of Markdown. */
function plain(sentence: string): string {
  return sentence.replaceAll(/[\\|*<]/g, '\\$&')
}
