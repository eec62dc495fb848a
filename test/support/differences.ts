// Where our API means to differ from what the recorded plugin sent: one table, a reason each; a replay asserts
// that each differs in just this way.
import type { Conversation, DialectName, RecordedCall } from './conversation.ts'
import { factOf } from './facts.ts'
import { bytesField, frame, listMessage, structMessage, varint } from './protobuf-oracle.ts'

export type Difference =
  | { readonly kind: 'absent'; readonly reason: string }
  | {
      readonly kind: 'refused'
      readonly reason: string
      readonly code: string
      readonly says: readonly string[]
    }
  | {
      readonly kind: 'otherwise'
      readonly reason: string
      /** What goes out instead, where that differs. */
      readonly method?: string
      readonly args?: readonly unknown[]
      readonly argBytes?: Buffer
      /** Kong's answer to it, as Kong would have given it. */
      readonly reply?: Buffer
      readonly result?: unknown
      /** The code with which the call fails although Kong answered it. */
      readonly fails?: string
    }

interface Row {
  readonly reason: string
  readonly dialect?: DialectName
  /** Conversations, where the difference is one of the recorded machine or server. */
  readonly scenario?: string
  readonly method: string | RegExp
  readonly args?: (args: readonly unknown[]) => boolean
  readonly refused?: { readonly code: 'BAD_ARGUMENT' | 'NOT_CARRIED'; readonly says: string }
  readonly otherwise?: (
    args: readonly unknown[],
  ) => Omit<Difference & { kind: 'otherwise' }, 'kind' | 'reason'>
}

const raises = 'Kong raises at this argument, which ends the event with a 500'
const explicit =
  'the default is sent, as a default of Kong itself cannot be relied on (0 raises, a spooled body is not read)'
const is =
  (...values: unknown[]) =>
  (args: readonly unknown[]) =>
    JSON.stringify(args) === JSON.stringify(values)
const bad = (says: string) => ({ code: 'BAD_ARGUMENT', says }) as const

/** The query of the recorded requests, as Kong answers get_query with it. */
const query = { a: '1', flag: true, b: ['2', '3'], empty: '' }
const queryResults: { readonly [name: string]: unknown } = { a: '1', flag: true, b: '2', empty: '' }

const rows: readonly Row[] = [
  {
    reason: raises,
    method: 'kong.client.load_consumer',
    args: is('not-a-uuid', false),
    refused: bad('consumer_id'),
  },
  { reason: raises, method: 'kong.client.authenticate', args: is(null, null), refused: bad('consumer') },
  { reason: raises, method: 'kong.log.notice', args: is(), refused: bad('first part') },
  { reason: raises, method: 'kong.request.get_query', args: is(0), refused: bad('max_args') },
  { reason: raises, method: 'kong.request.get_query', args: is(2000), refused: bad('max_args') },
  { reason: raises, method: /\.get_headers$/, args: is(0), refused: bad('max_headers') },
  { reason: raises, method: 'kong.request.get_header', args: is(), refused: bad('name') },
  { reason: raises, method: 'kong.response.set_status', args: is(99), refused: bad('status') },
  { reason: raises, method: 'kong.response.exit', args: is(700), refused: bad('status') },
  { reason: raises, method: 'kong.response.exit', args: is(), refused: bad('status') },
  { reason: raises, method: 'kong.service.set_target', args: is('127.0.0.1', 70000), refused: bad('port') },
  { reason: raises, method: 'kong.service.request.set_scheme', args: is('ftp'), refused: bad('scheme') },
  { reason: raises, method: 'kong.service.request.set_path', args: is('nolead'), refused: bad('path') },
  { reason: raises, method: 'kong.service.request.set_method', args: is('BAD'), refused: bad('method') },
  {
    reason:
      'a header without a value: Kong raises over MsgPack:1 and sets the text NULL_VALUE over ProtoBuf:1',
    method: 'kong.response.set_header',
    args: is('x-lab', null),
    refused: bad('value'),
  },
  {
    reason: 'Kong takes false for nil over ProtoBuf:1, and answers 500 to a list that holds one',
    dialect: 'ProtoBuf:1',
    method: 'kong.ctx.shared.set',
    args: (args) =>
      JSON.stringify(args[1] ?? '').includes('false') || JSON.stringify(args[1] ?? '').includes('null'),
    refused: { code: 'NOT_CARRIED', says: 'ProtoBuf:1' },
  },
  {
    reason: 'no value deletes the key, where null_value would arrive as the text NULL_VALUE',
    dialect: 'ProtoBuf:1',
    method: 'kong.ctx.shared.set',
    args: is('k', null),
    otherwise: () => ({ argBytes: bytesField(1, 'k') }),
  },
  {
    reason: 'a nil at the end of the arguments is left out, which is the same to Kong',
    dialect: 'MsgPack:1',
    method: 'kong.ctx.shared.set',
    args: is('k', null),
    otherwise: () => ({ args: ['k'] }),
  },
  {
    reason: 'Kong gives a list that holds a nil back as a table with holes',
    dialect: 'MsgPack:1',
    method: 'kong.ctx.shared.set',
    args: is('k', [false, null, 'x']),
    refused: { code: 'NOT_CARRIED', says: 'MsgPack:1' },
  },
  {
    reason:
      'Kong cannot encode the true of a bare ?flag as String and answers 500, so the whole query is asked for',
    dialect: 'ProtoBuf:1',
    method: 'kong.request.get_query_arg',
    otherwise: ([name]) => ({
      method: 'kong.request.get_query',
      argBytes: varint(1, 1000),
      reply: frame(structMessage(query)),
      result: queryResults[String(name)],
    }),
  },
  {
    reason: 'Lua prints a table as its address, and ProtoBuf:1 loses false and nil: they go as text',
    method: /^kong\.log\.(err|warn|notice)$/,
    args: (args) => args.some((part) => part === false || typeof part === 'object'),
    otherwise: (args) => {
      const parts = args.map((part) => {
        if (part === null) return 'undefined'
        return part === false ? 'false' : typeof part === 'object' ? JSON.stringify(part) : part
      })
      return { args: parts, argBytes: listMessage(parts) }
    },
  },
  {
    reason: explicit,
    dialect: 'MsgPack:1',
    method: /\.get_(query|headers)$/,
    args: is(),
    otherwise: () => ({ args: [100] }),
  },
  {
    reason: explicit,
    dialect: 'MsgPack:1',
    method: 'kong.request.get_raw_body',
    args: is(),
    otherwise: () => ({ args: [0] }),
  },
  {
    reason: explicit,
    dialect: 'MsgPack:1',
    method: 'kong.request.get_body',
    args: (args) => args.length > 0,
    otherwise: ([mimetype, most = 100]) => ({ args: [mimetype, most, 0] }),
  },
  {
    reason: 'Kong cuts the arguments at a nil, so "" stands for no body',
    dialect: 'MsgPack:1',
    method: 'kong.response.exit',
    args: (args) => args[1] === null,
    otherwise: ([status, , headers]) => ({ args: [status, '', headers] }),
  },
  {
    reason: 'a table as the body goes as JSON text with its type, alike in both dialects',
    dialect: 'MsgPack:1',
    method: 'kong.response.exit',
    args: ([, body]) => typeof body === 'object' && body !== null && !Buffer.isBuffer(body),
    otherwise: ([status, body]) => ({
      args: [status, JSON.stringify(body), { 'content-type': 'application/json; charset=utf-8' }],
    }),
  },
  {
    reason: 'the recorded plugin sent a broken argument message on purpose',
    scenario: 'pb-bad-args',
    method: 'kong.request.get_header',
    otherwise: ([name]) => ({ argBytes: bytesField(1, String(name)) }),
  },
  {
    reason: 'the recorded plugin sent an empty argument message on purpose',
    scenario: 'pb-empty-args-for-string',
    method: 'kong.request.get_header',
    otherwise: ([name]) => ({ argBytes: bytesField(1, String(name)) }),
  },
  {
    reason: 'the file in which nginx kept the body is on the recorded machine only',
    scenario: 'pb-big-body',
    method: 'kong.request.get_raw_body',
    otherwise: () => ({ fails: 'BODY_UNREADABLE' }),
  },
]

export function differenceOf(
  call: RecordedCall,
  conversation: Conversation,
  phase: string,
): Difference | undefined {
  const { dialect, scenario } = conversation
  const fact = factOf(call.method, dialect)
  if (fact === undefined) return { kind: 'absent', reason: 'not a function that a plugin can reach' }
  if (!fact.phases.includes(phase))
    return {
      kind: 'refused',
      reason: 'Kong does not offer it in the phase',
      code: 'NOT_IN_PHASE',
      says: [fact.path, phase],
    }
  const row = rows.find(
    (item) =>
      (item.dialect ?? dialect) === dialect &&
      (item.scenario ?? scenario) === scenario &&
      (typeof item.method === 'string' ? item.method === call.method : item.method.test(call.method)) &&
      (item.args?.(call.args) ?? true),
  )
  if (row === undefined) return undefined
  const { reason, refused, otherwise } = row
  if (refused !== undefined)
    return {
      kind: 'refused',
      reason,
      code: refused.code,
      says: [refused.code === 'BAD_ARGUMENT' ? fact.path : call.method, refused.says],
    }
  return { kind: 'otherwise', reason, ...otherwise!(call.args) }
}
