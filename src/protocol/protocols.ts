import type { Dialect } from '../pdk/phases.ts'
import type { Protocol } from './dialect.ts'
import { msgpack } from './msgpack/session.ts'
import { protobuf } from './protobuf/session.ts'

export const protocols: Readonly<Record<Dialect, Protocol>> = { 'ProtoBuf:1': protobuf, 'MsgPack:1': msgpack }
