// Kong 3.9.1's own rules for its entities, in its schema language (kong/db/schema/entities).
import type { Definition, Entry, Schema } from '../../schema/definition.ts'

const uuid: Definition = { type: 'string', uuid: true }
const text: Definition = { type: 'string' }
const tags: Definition = { type: 'set', elements: text }
const port: Definition = { type: 'integer', between: [0, 65535] }
const patience: Definition = { type: 'integer', between: [1, 2 ** 31 - 2], default: 60000 }
const noEmptySegments = [{ pattern: '//', err: 'must not have empty segments' }]

/** Those of Kong's stream subsystem. */
export const streamProtocols = ['tcp', 'tls', 'tls_passthrough', 'udp']
const httpProtocols = ['grpc', 'grpcs', 'http', 'https']
/** `ws` and `wss` are Kong Gateway Enterprise's. */
const protocol: Definition = {
  type: 'string',
  one_of: [...httpProtocols, ...streamProtocols, 'ws', 'wss'],
}

const madeUp: readonly Entry[] = [
  { id: uuid },
  { created_at: { type: 'integer' } },
  { updated_at: { type: 'integer' } },
  { tags },
]

const flag = (value: boolean): Definition => ({ type: 'boolean', required: true, default: value })

/** A field that only some protocols of a service have. */
const onlyFor = (name: string, condition: Definition) => ({
  conditional: {
    if_field: 'protocol',
    if_match: condition,
    then_field: name,
    then_match: { eq: null },
  },
})

const withTls = { not_one_of: ['https', 'tls', 'wss'] }

export const serviceSchema: Schema = {
  fields: [
    ...madeUp,
    { name: text },
    { retries: { type: 'integer', default: 5, between: [0, 32767] } },
    { protocol: { ...protocol, required: true, default: 'http' } },
    { host: { ...text, required: true } },
    { port: { ...port, required: true, default: 80 } },
    { path: { ...text, starts_with: '/', match_none: noEmptySegments } },
    { connect_timeout: patience },
    { write_timeout: patience },
    { read_timeout: patience },
    { client_certificate: { type: 'any' } },
    { tls_verify: { type: 'boolean' } },
    { tls_verify_depth: { type: 'integer', between: [0, 64] } },
    { ca_certificates: { type: 'array', elements: uuid } },
    { enabled: flag(true) },
  ],
  entity_checks: [
    onlyFor('path', { one_of: ['tcp', 'tls', 'udp', 'grpc', 'grpcs'] }),
    onlyFor('client_certificate', withTls),
    onlyFor('tls_verify', withTls),
    onlyFor('tls_verify_depth', withTls),
    onlyFor('ca_certificates', withTls),
  ],
}

const addresses: Definition = {
  type: 'set',
  elements: {
    type: 'record',
    fields: [{ ip: text }, { port }],
    entity_checks: [{ at_least_one_of: ['ip', 'port'] }],
  },
}
const texts: Definition = { type: 'set', elements: text }
const methods: Definition = { type: 'set', elements: { ...text, match: '^%u+$' } }
const hosts: Definition = {
  type: 'array',
  elements: {
    ...text,
    match_all: [{ pattern: '^[^*]*%*?[^*]*$', err: 'invalid wildcard: must have at most one wildcard' }],
    match_any: {
      patterns: ['^%*%.', '%.%*$', '^[^*]*$'],
      err: 'invalid wildcard: must be placed at leftmost or rightmost label',
    },
  },
}
const paths: Definition = {
  type: 'array',
  elements: {
    ...text,
    match_any: {
      patterns: ['^/', '^~/'],
      err: 'should start with: / (fixed path) or ~/ (regex path)',
    },
    match_none: noEmptySegments,
  },
}
const headers: Definition = {
  type: 'map',
  keys: {
    ...text,
    match_none: [
      {
        pattern: '^[Hh][Oo][Ss][Tt]$',
        err: "cannot contain 'host' header, which must be specified in the 'hosts' attribute",
      },
    ],
  },
  values: { type: 'array', elements: text },
}

const routeFields: readonly Entry[] = [
  ...madeUp,
  { name: text },
  {
    protocols: {
      type: 'set',
      required: true,
      len_min: 1,
      default: ['http', 'https'],
      elements: protocol,
      mutually_exclusive_subsets: [
        ['http', 'https'],
        ['tcp', 'tls', 'udp'],
        ['tls_passthrough'],
        ['grpc', 'grpcs'],
        ['ws', 'wss'],
      ],
    },
  },
  {
    https_redirect_status_code: {
      type: 'integer',
      one_of: [426, 301, 302, 307, 308],
      default: 426,
      required: true,
    },
  },
  { preserve_host: flag(false) },
  { request_buffering: flag(true) },
  { response_buffering: flag(true) },
  { snis: texts },
  { regex_priority: { type: 'integer', default: 0 } },
  { path_handling: { ...text, default: 'v0', one_of: ['v0', 'v1'] } },
]

const snisNeedTls = {
  conditional: {
    if_field: 'protocols',
    if_match: {
      elements: { ...text, not_one_of: ['grpcs', 'https', 'tls', 'tls_passthrough', 'wss'] },
    },
    then_field: 'snis',
    then_match: { len_eq: 0 },
    then_err: "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'",
  },
}

/** A route's rules follow from its first protocol. */
export function routeSchema(protocols: unknown): Schema {
  const [first] = Array.isArray(protocols) ? protocols : []
  if (streamProtocols.includes(String(first))) return streamRoute
  return String(first).startsWith('grpc') ? grpcRoute : httpRoute
}

const without = (field: Definition, name: string, which: string): Definition => ({
  ...field,
  eq: null,
  err: `cannot set '${name}' when 'protocols' is ${which}`,
})

/** `plain` is a protocol without TLS, where server names say nothing. */
const oneOf = (secure: string, plain: string, names: readonly string[]) => ({
  conditional_at_least_one_of: {
    if_field: 'protocols',
    if_match: { contains: secure },
    then_at_least_one_of: [...names, 'snis'],
    then_err: `must set one of %s when 'protocols' is '${secure}'`,
    else_match: { contains: plain },
    else_then_at_least_one_of: names,
    else_then_err: `must set one of %s when 'protocols' is '${plain}'`,
  },
})

const inHttp = "'http' or 'https'"
const httpRoute: Schema = {
  fields: [
    ...routeFields,
    { strip_path: flag(true) },
    { methods },
    { hosts },
    { paths },
    { headers },
    { sources: without(addresses, 'sources', inHttp) },
    { destinations: without(addresses, 'destinations', inHttp) },
  ],
  entity_checks: [
    snisNeedTls,
    oneOf('https', 'http', ['methods', 'hosts', 'headers', 'paths']),
    oneOf('wss', 'ws', ['hosts', 'headers', 'paths']),
  ],
}

const inGrpc = "'grpc' or 'grpcs'"
const grpcRoute: Schema = {
  fields: [
    ...routeFields,
    {
      strip_path: {
        ...flag(false),
        ne: true,
        err: "cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'",
      },
    },
    { methods: without(methods, 'methods', inGrpc) },
    { hosts },
    { paths },
    { headers },
    { sources: without(addresses, 'sources', inGrpc) },
    { destinations: without(addresses, 'destinations', inGrpc) },
  ],
  entity_checks: [snisNeedTls, oneOf('grpcs', 'grpc', ['hosts', 'headers', 'paths'])],
}

const inStream = "'tcp', 'tls', 'tls_passthrough' or 'udp'"
const streamRoute: Schema = {
  fields: [
    ...routeFields,
    { strip_path: flag(true) },
    { methods: without(methods, 'methods', inStream) },
    { hosts: without(hosts, 'hosts', inStream) },
    { paths: without(paths, 'paths', inStream) },
    { headers: without(headers, 'headers', inStream) },
    { sources: addresses },
    { destinations: addresses },
  ],
  entity_checks: [
    snisNeedTls,
    {
      conditional_at_least_one_of: {
        if_field: 'protocols',
        if_match: { elements: { ...text, one_of: ['tcp', 'tls', 'udp'] } },
        then_at_least_one_of: ['sources', 'destinations', 'snis'],
        then_err: "must set one of %s when 'protocols' is 'tcp', 'tls' or 'udp'",
      },
    },
    {
      conditional_at_least_one_of: {
        if_field: 'protocols',
        if_match: { elements: { ...text, one_of: ['tls_passthrough'] } },
        then_at_least_one_of: ['snis'],
        then_err: "must set snis when 'protocols' is 'tls_passthrough'",
      },
    },
  ],
}

export const consumerSchema: Schema = {
  fields: [...madeUp, { username: text }, { custom_id: text }],
  entity_checks: [{ at_least_one_of: ['custom_id', 'username'] }],
}

export const groupSchema: Schema = {
  fields: [...madeUp, { name: { ...text, required: true } }],
}

/** The plugin's own schema says more; its defaults are filled in there. */
export const pluginSchema: Schema = {
  fields: [
    ...madeUp,
    { name: { ...text, required: true } },
    { instance_name: text },
    { config: { type: 'any' } },
    { protocols: { type: 'set', elements: protocol } },
    { enabled: flag(true) },
  ],
}
