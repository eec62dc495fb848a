// What a plugin should see for an answer that Kong recorded, worked out from the recording's own notation.
import { type CallRecord, type DialectName, plain } from './conversation.ts'
import { factOf } from './facts.ts'

/** Functions that say only whether Kong did it. */
const saysDone =
  /\.(set_tls_verify|set_tls_verify_depth|disable_tls|set_body|request_client_certificate|disable_session_reuse|set_upstream)$|^kong\.telemetry\.log$|^kong\.vault\.is_reference$|^kong\.ip\.is_trusted$/
/** Functions whose own answer is never of interest: setters, and all that write a log line. */
const saysNothing =
  /\.(set|add|clear)_(header|headers|ctx|status|query|query_arg|path|raw_query|method|scheme|raw_body|target|serialize_value|retries|timeouts|client_verify|format)$|\.shared\.set$|^kong\.log(\.(?!serialize)|$)|\.authenticate|\.set_authenticated_|\.enable_buffering$|\.flush$|\.warmup$|\.table\.clear$/
const neverNil: { readonly [method: string]: unknown } = {
  'kong.nginx.req_start_time': 0,
  'kong.request.get_raw_body': Buffer.alloc(0),
  'kong.service.response.get_raw_body': Buffer.alloc(0),
  'kong.request.get_raw_query': '',
}

export function expectedResult(record: CallRecord, dialect: DialectName): unknown {
  const { method } = record
  const raw = dialect === 'ProtoBuf:1' ? fromProtobuf(record) : plain(record.ret_raw)
  if (saysDone.test(method)) return raw === true
  if (saysNothing.test(method)) return undefined
  if (/\.get_(headers|query)$/.test(method)) return lists(raw)
  if (method === 'kong.request.get_uri_captures') return captures(raw)
  if (method === 'kong.log.serialize') return JSON.parse(String(raw))
  if (/\.get_(consumer|credential|route|service)$|\.load_consumer$/.test(method))
    return typeof (raw as { id?: unknown } | undefined)?.id === 'string' ? raw : undefined
  return raw ?? neverNil[method]
}

function fromProtobuf({ method, ret }: CallRecord): unknown {
  const message = (ret ?? {}) as Record<string, unknown>
  const { gives } = factOf(method, 'ProtoBuf:1')!.protobuf!
  if (gives === 'Value') return unwrap(message)
  if (gives === 'Struct') return members(message)
  if (gives === 'ByteString')
    return message.v === undefined ? undefined : Buffer.from(String(message.v), 'base64')
  if (gives === 'RawBodyResult')
    return message.content === undefined ? undefined : Buffer.from(String(message.content), 'base64')
  return ['String', 'Int', 'Number', 'Bool'].includes(gives) ? message.v : message
}

function unwrap(message: Record<string, unknown>): unknown {
  const { kind } = message
  if (kind === 'nullValue' || kind === undefined) return undefined
  if (kind === 'structValue') return members(message.structValue as Record<string, unknown>)
  if (kind !== 'listValue') return message[String(kind)]
  return ((message.listValue as { values?: Record<string, unknown>[] }).values ?? []).map(unwrap)
}

function members(message: Record<string, unknown>): Record<string, unknown> {
  const fields = (message.fields ?? {}) as Record<string, Record<string, unknown>>
  return Object.fromEntries(Object.entries(fields).map(([key, item]) => [key, unwrap(item)]))
}

function lists(raw: unknown): unknown {
  return Object.fromEntries(
    Object.entries(raw ?? {}).map(([key, item]: [string, unknown]) => {
      if (Array.isArray(item)) return [key, item.length === 0 ? [true] : item]
      return [key, [item]]
    }),
  )
}

/** ProtoBuf:1 sends the groups as base64 in this notation, MsgPack:1 a table with the whole match under 0. */
function captures(raw: unknown): unknown {
  const { unnamed = [], named = {} } = (raw ?? {}) as { unnamed?: object; named?: object }
  if (Array.isArray(unnamed) && unnamed.length > 0)
    return {
      unnamed: unnamed.map(text),
      named: Object.fromEntries(Object.entries(named).map(([k, v]) => [k, text(v)])),
    }
  return {
    unnamed: Object.entries(unnamed)
      .filter(([k]) => k !== '0')
      .map(([, v]) => v),
    named: { ...named },
  }
}

function text(base64: unknown): string {
  return Buffer.from(String(base64), 'base64').toString()
}
