import { schema, typeOf, values } from './messages.ts'
import { structFields, wrapValue } from './struct-form.ts'
import type { Codec, Subject } from './subject.ts'

/** What is used of protobufjs. */
interface Library {
  readonly Root: { fromJSON(json: unknown): Root }
  readonly common: { get(file: string): { nested: object } }
}

interface Root {
  resolveAll(): Root
  lookupType(name: string): Type
}

interface Type {
  encode(message: unknown): { finish(): Uint8Array }
  decode(bytes: Uint8Array): unknown
}

/** protobufjs, which makes a function for each message and direction when it first meets it. */
export function protobufjsSubject(load: NodeJS.Require): Subject {
  const library: Library = load('protobufjs')
  const { nested } = library.common.get('google/protobuf/struct.proto')
  const root = library.Root.fromJSON({ nested: { ...nested, ...ownTypes() } }).resolveAll()
  const codecs = Object.entries(typeOf).map(([name, typeName]): [string, Codec] => {
    const type = root.lookupType(typeName)
    const message = formOf(typeName, values[name as keyof typeof values])
    const bytes = type.encode(message).finish()
    return [
      name,
      {
        write: () => type.encode(message).finish(),
        read: () => type.decode(bytes),
        again: (other) => type.encode(type.decode(other)).finish(),
      },
    ]
  })
  return { name: 'protobufjs', codecs: Object.fromEntries(codecs) }
}

function ownTypes(): object {
  const types = Object.entries(schema).map(([name, rows]) => {
    const fields = Object.entries(rows).map(([field, [id, type, many]]) => [
      field,
      { type, id, ...(many && { rule: 'repeated' }) },
    ])
    return [name, { fields: Object.fromEntries(fields) }]
  })
  return Object.fromEntries(types)
}

/** A message in the form in which protobufjs takes it. */
function formOf(typeName: string, value: unknown): unknown {
  const wrap = (text: string) => ({ stringValue: text })
  if (typeName === 'google.protobuf.Struct') return { fields: structFields(value, wrap) }
  return typeName === 'KV' ? wrapValue(value, wrap) : value
}
