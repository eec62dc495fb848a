import { headers as lists, route } from '../guard/answers.ts'

/** The messages that every codec writes and reads, by the names of the table. */
export const messageNames = [
  'RpcCall of an event',
  'RpcReturn of an event',
  'RpcReturn of a start',
  '10 headers as Struct',
  'KV of set_header',
  'Route of get_route',
  'MsgPack step with 10 headers',
  'MsgPack reply with a call',
] as const

export type MessageName = (typeof messageNames)[number]

/** 10 headers, each with one value: as texts over ProtoBuf:1, as lists over MsgPack:1. */
export const headers = Object.fromEntries(Object.entries(lists).map(([name, [text]]) => [name, text]))

export const header = { k: 'x-request-id', v: '1f0c7a52-6c3e-4ab7-9d5e-0c6b1d2e3f40' }

export const values: Readonly<Record<MessageName, unknown>> = {
  'RpcCall of an event': {
    sequence: 2,
    cmd_handle_event: { instance_id: 1_795_531_411, event_name: 'access' },
  },
  'RpcReturn of an event': { sequence: 2 },
  'RpcReturn of a start': {
    sequence: 1,
    instance_status: { name: 'hello', instance_id: 1_795_531_411, started_at: 1_795_531_411 },
  },
  '10 headers as Struct': headers,
  'KV of set_header': header,
  'Route of get_route': route,
  'MsgPack step with 10 headers': [0, 17, 'plugin.StepMultiMap', [{ EventId: 4711, Data: lists }]],
  'MsgPack reply with a call': [
    1,
    17,
    null,
    { EventId: 4711, Data: { Method: 'kong.response.set_header', Args: [header.k, header.v] } },
  ],
}

/** The fields of a message by name, each with its number and its type; of some there are many. */
type Fields = { readonly [name: string]: readonly [number: number, type: string, many?: true] }

/** What the libraries are told of the messages above; those of google.protobuf they know. */
export const schema: Readonly<Record<string, Fields>> = {
  HandleEvent: { instance_id: [1, 'int32'], event_name: [2, 'string'] },
  StartInstance: { name: [1, 'string'], config: [2, 'bytes'] },
  Instance: { instance_id: [1, 'int32'] },
  RpcCall: {
    sequence: [1, 'int64'],
    cmd_start_instance: [33, 'StartInstance'],
    cmd_get_instance_status: [34, 'Instance'],
    cmd_close_instance: [35, 'Instance'],
    cmd_handle_event: [36, 'HandleEvent'],
  },
  InstanceStatus: { name: [1, 'string'], instance_id: [2, 'int32'], started_at: [4, 'int64'] },
  RpcReturn: { sequence: [1, 'int64'], instance_status: [33, 'InstanceStatus'] },
  KV: { k: [1, 'string'], v: [2, 'google.protobuf.Value'] },
  Id: { id: [1, 'string'] },
  Route: {
    id: [1, 'string'],
    created_at: [2, 'int64'],
    updated_at: [3, 'int64'],
    name: [4, 'string'],
    protocols: [5, 'string', true],
    methods: [6, 'string', true],
    hosts: [7, 'string', true],
    paths: [8, 'string', true],
    https_redirect_status_code: [10, 'int32'],
    regex_priority: [11, 'int32'],
    strip_path: [12, 'bool'],
    preserve_host: [13, 'bool'],
    tags: [17, 'string', true],
    service: [18, 'Id'],
  },
}

/** The message of the schema that each one of the table is; the others are no ProtoBuf. */
export const typeOf: Partial<Record<MessageName, string>> = {
  'RpcCall of an event': 'RpcCall',
  'RpcReturn of an event': 'RpcReturn',
  'RpcReturn of a start': 'RpcReturn',
  '10 headers as Struct': 'google.protobuf.Struct',
  'KV of set_header': 'KV',
  'Route of get_route': 'Route',
}
