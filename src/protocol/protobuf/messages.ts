import type { Message } from '../../wire/protobuf.ts'

/**
 * The messages of Kong's pluginsocket.proto (unchanged from Kong 3.7 to 3.10), by field name and number. Members
 * of entities keep Kong's own names.
 */
const text = (number: number) => ({ number, kind: 'text' }) as const
const texts = (number: number) => ({ number, kind: 'text', many: true }) as const
const int = (number: number) => ({ number, kind: 'int' }) as const
const bool = (number: number) => ({ number, kind: 'bool' }) as const
const bytes = (number: number) => ({ number, kind: 'bytes' }) as const
const one = <M extends Message>(number: number, kind: M) => ({ number, kind }) as const

const instanceId = { instance_id: int(1) }

/** What Kong sends. Only start, close and handle are ever sent; the proto holds the others, so they are answered. */
export const RpcCall = {
  sequence: int(1),
  cmd_get_plugin_names: one(31, {}),
  cmd_get_plugin_info: one(32, { name: text(1) }),
  cmd_start_instance: one(33, { name: text(1), config: bytes(2) }),
  cmd_get_instance_status: one(34, instanceId),
  cmd_close_instance: one(35, instanceId),
  cmd_handle_event: one(36, { instance_id: int(1), event_name: text(2) }),
} satisfies Message

export const RpcReturn = {
  sequence: int(1),
  plugin_names: one(31, { names: texts(1) }),
  plugin_info: one(32, {
    name: text(1),
    updated_at: int(2),
    loaded_at: int(3),
    phases: texts(4),
    version: text(5),
    priority: int(6),
    schema: text(7),
  }),
  instance_status: one(33, { name: text(1), instance_id: int(2), started_at: int(4) }),
} satisfies Message

export const StringValue = { v: text(1) } satisfies Message
export const ByteString = { v: bytes(1) } satisfies Message
export const Int = { v: int(1) } satisfies Message
export const Bool = { v: bool(1) } satisfies Message
export const NumberValue = { v: { number: 1, kind: 'double' } } satisfies Message
export const Target = { host: text(1), port: int(2) } satisfies Message
export const ConsumerSpec = { id: text(1), by_username: bool(2) } satisfies Message

export const Consumer = {
  id: text(1),
  created_at: int(2),
  username: text(3),
  custom_id: text(4),
  tags: texts(5),
} satisfies Message

export const AuthenticatedCredential = { id: text(1), consumer_id: text(2) } satisfies Message
export const AuthenticateArgs = {
  consumer: one(1, Consumer),
  credential: one(2, AuthenticatedCredential),
} satisfies Message

export const RawBodyResult = { content: bytes(1), body_filepath: text(2), error: text(3) } satisfies Message
export const UriCapturesResult = {
  unnamed: { number: 1, kind: 'text', many: true },
  named: { number: 2, kind: 'text', map: true },
} satisfies Message

export const Route = {
  id: text(1),
  created_at: int(2),
  updated_at: int(3),
  name: text(4),
  protocols: texts(5),
  methods: texts(6),
  hosts: texts(7),
  paths: texts(8),
  headers: texts(9),
  https_redirect_status_code: int(10),
  regex_priority: int(11),
  strip_path: bool(12),
  preserve_host: bool(13),
  snis: texts(14),
  sources: texts(15),
  destinations: texts(16),
  tags: texts(17),
  service: one(18, { id: text(1) }),
} satisfies Message

export const Service = {
  id: text(1),
  created_at: int(2),
  updated_at: int(3),
  name: text(4),
  retries: int(5),
  protocol: text(6),
  host: text(7),
  port: int(8),
  path: text(9),
  connect_timeout: int(10),
  write_timeout: int(11),
  read_timeout: int(12),
  tags: texts(13),
  client_certificate: one(14, { id: text(1) }),
} satisfies Message

const dictStats = { allocated_slabs: int(1), capacity: int(2) }

export const MemoryStats = {
  lua_shared_dicts: one(1, { kong: one(1, dictStats), kong_db_cache: one(2, dictStats) }),
  workers_lua_vms: { number: 2, kind: { http_allocated_gc: int(1), pid: int(2) }, many: true },
} satisfies Message
