import { schema, typeOf, values } from './messages.ts'
import { structFields, wrapValue } from './struct-form.ts'
import type { Codec, Subject } from './subject.ts'

/** What is used of @bufbuild/protobuf; a description of a message is nothing to us but what is handed on. */
interface Library {
  create(type: object, value: unknown): object
  toBinary(type: object, message: object): Uint8Array
  fromBinary(type: object, bytes: Uint8Array): object
  fromJson(type: object, json: unknown): object
  createFileRegistry(file: object, resolve: (name: string) => object): { getMessage(name: string): object }
}

interface Known {
  readonly FileDescriptorProtoSchema: object
  readonly StructSchema: object
  readonly file_google_protobuf_struct: { readonly proto: object }
}

/** @bufbuild/protobuf, which reads and writes by descriptions of messages. */
export function protobufEsSubject(load: NodeJS.Require): Subject {
  const library: Library = load('@bufbuild/protobuf')
  const known: Known = load('@bufbuild/protobuf/wkt')
  const file = library.fromJson(known.FileDescriptorProtoSchema, description())
  const registry = library.createFileRegistry(file, () => known.file_google_protobuf_struct.proto)
  const codecs = Object.entries(typeOf).map(([name, typeName]): [string, Codec] => {
    const type = typeName.includes('.') ? known.StructSchema : registry.getMessage(typeName)
    const message = library.create(type, formOf(typeName, values[name as keyof typeof values]))
    const bytes = library.toBinary(type, message)
    return [
      name,
      {
        write: () => library.toBinary(type, message),
        read: () => library.fromBinary(type, bytes),
        again: (other) => library.toBinary(type, library.fromBinary(type, other)),
      },
    ]
  })
  return { name: '@bufbuild/protobuf', codecs: Object.fromEntries(codecs) }
}

/** The schema as a google.protobuf.FileDescriptorProto in JSON. */
function description(): object {
  const messageType = Object.entries(schema).map(([name, fields]) => ({
    name,
    field: Object.entries(fields).map(([field, [number, type, many]]) => ({
      name: field,
      number,
      label: many ? 'LABEL_REPEATED' : 'LABEL_OPTIONAL',
      ...(/^(int|string|bytes|bool)/.test(type)
        ? { type: `TYPE_${type.toUpperCase()}` }
        : { type: 'TYPE_MESSAGE', typeName: `.${type}` }),
    })),
  }))
  return {
    name: 'kong.proto',
    syntax: 'proto3',
    dependency: ['google/protobuf/struct.proto'],
    messageType,
  }
}

/** A message in the form in which the library takes it: names in camel case, and int64 as bigint. */
function formOf(typeName: string, value: unknown): unknown {
  const wrap = (text: string) => ({ kind: { case: 'stringValue', value: text } })
  if (typeName === 'google.protobuf.Struct') return { fields: structFields(value, wrap) }
  return typeName === 'KV' ? wrapValue(value, wrap) : camelCased(value as object)
}

const wide = new Set(['sequence', 'started_at', 'created_at'])

function camelCased(value: object): object {
  const members = Object.entries(value).map(([name, member]) => [
    name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    wide.has(name)
      ? BigInt(member)
      : typeof member === 'object' && !Array.isArray(member)
        ? camelCased(member)
        : member,
  ])
  return Object.fromEntries(members)
}
