// Compiled, not run: each line states what the builder infers, or that it does not compile.
import type { Config, Field, FieldPath, Fields, Input } from '../../src/schema/index.ts'
import { describeSchema, type fieldsFromKong, s, type withDefaults } from '../../src/schema/index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function holds<_T extends true>(): void

const scalars = {
  plain: s.string(),
  needed: s.string({ required: true }),
  filled: s.string({ default: 'x' }),
  both: s.string({ required: true, default: 'x' }),
  choice: s.string({ oneOf: ['a', 'b'], default: 'a' }),
  level: s.integer({ oneOf: [1, 2], required: true }),
  count: s.number({ default: 1.5 }),
  on: s.boolean({ default: false }),
}
holds<
  Equal<
    Input<typeof scalars>,
    {
      needed: string
      level: 1 | 2
      plain?: string | undefined
      filled?: string | undefined
      both?: string | undefined
      choice?: 'a' | 'b' | undefined
      count?: number | undefined
      on?: boolean | undefined
    }
  >
>()
holds<
  Equal<
    Config<typeof scalars>,
    {
      needed: string
      filled: string
      both: string
      choice: 'a' | 'b'
      level: 1 | 2
      count: number
      on: boolean
      plain?: string | undefined
    }
  >
>()

const lists = {
  list: s.array(s.string()),
  choices: s.set(s.string({ oneOf: ['a', 'b'] }), { default: ['a'] }),
  rows: s.array(s.record({ code: s.integer({ default: 1 }), name: s.string({ required: true }) }), {
    required: true,
  }),
  counts: s.map(s.string(), s.integer(), { default: { a: 1 } }),
  byName: s.map(s.string({ oneOf: ['a', 'b'] }), s.array(s.number())),
}
holds<
  Equal<
    Input<typeof lists>,
    {
      rows: readonly { name: string; code?: number | undefined }[]
      list?: readonly string[] | undefined
      choices?: readonly ('a' | 'b')[] | undefined
      counts?: { [key: string]: number } | undefined
      byName?: { a?: readonly number[]; b?: readonly number[] } | undefined
    }
  >
>()
holds<
  Equal<
    Config<typeof lists>,
    {
      choices: ('a' | 'b')[]
      rows: { code: number; name: string }[]
      counts: { [key: string]: number }
      list?: string[] | undefined
      byName?: { a?: number[]; b?: number[] } | undefined
    }
  >
>()

const records = {
  open: s.record({ x: s.integer({ default: 3 }), y: s.string() }),
  strict: s.record({ x: s.integer({ required: true }) }),
  absent: s.record({ x: s.integer({ required: true }) }, { required: false }),
  deep: s.record({ inner: s.record({ z: s.boolean({ default: true }) }) }),
}
holds<
  Equal<
    Input<typeof records>,
    {
      strict: { x: number }
      open?: { x?: number | undefined; y?: string | undefined } | undefined
      absent?: { x: number } | undefined
      deep?: { inner?: { z?: boolean | undefined } | undefined } | undefined
    }
  >
>()
holds<
  Equal<
    Config<typeof records>,
    {
      open: { x: number; y?: string | undefined }
      strict: { x: number }
      deep: { inner: { z: boolean } }
      absent?: { x: number } | undefined
    }
  >
>()
holds<
  Equal<
    FieldPath<typeof records>,
    | 'open'
    | 'open.x'
    | 'open.y'
    | 'strict'
    | 'strict.x'
    | 'absent'
    | 'absent.x'
    | 'deep'
    | 'deep.inner'
    | 'deep.inner.z'
  >
>()

const typedefs = {
  port: s.port({ default: 80 }),
  wait: s.timeout(),
  method: s.httpMethod({ required: true }),
  headers: s.headers(),
}
holds<
  Equal<
    Config<typeof typedefs>,
    {
      port: number
      method: string
      wait?: number | undefined
      headers?: { [key: string]: string[] } | undefined
    }
  >
>()

holds<Equal<ReturnType<typeof withDefaults<typeof scalars>>, Config<typeof scalars>>>()
holds<Equal<ReturnType<typeof fieldsFromKong>, Fields>>()
holds<Equal<Config<Fields>[string], unknown>>()
export const untyped: Field = s.string({ default: 'x' })

describeSchema('x', records, {
  protocols: ['http', 'tls_passthrough'],
  entityChecks: [{ onlyOneOf: ['open.y', 'absent'] }],
  pluginChecks: [{ distinct: ['config.open.y', 'consumer'] }],
})

// @ts-expect-error a default must be one of the choices
s.string({ oneOf: ['a', 'b'], default: 'c' })
// @ts-expect-error a default must be one of the choices
s.integer({ oneOf: [1, 2], default: 3 })
// @ts-expect-error between is for numbers
s.string({ between: [1, 2] })
// @ts-expect-error between takes two numbers
s.number({ between: [1, 2, 3] })
// @ts-expect-error a pattern is for strings
s.integer({ match: '%d' })
// @ts-expect-error a pattern is text, not a regular expression
s.string({ match: /a/ })
// @ts-expect-error choices are not for booleans
s.boolean({ oneOf: [true] })
// @ts-expect-error lengths are not for numbers
s.number({ lenMin: 1 })
// @ts-expect-error uuid is for strings
s.integer({ uuid: true })
// @ts-expect-error uuid: false would still check
s.string({ uuid: false })
// @ts-expect-error timestamp is for numbers
s.string({ timestamp: true })
// @ts-expect-error contains is for lists
s.string({ contains: 'a' })
// @ts-expect-error a default has the field's type
s.string({ default: 1 })
// @ts-expect-error a default is never null
s.string({ default: null })
// @ts-expect-error a list's default has the elements' type
s.array(s.string(), { default: [1] })
// @ts-expect-error a set's default is one of the elements' choices
s.set(s.string({ oneOf: ['a'] }), { default: ['b'] })
// @ts-expect-error a map's keys are strings
s.map(s.integer(), s.string())
// @ts-expect-error a map's default has the values' type
s.map(s.string(), s.integer(), { default: { a: 'x' } })
// @ts-expect-error a record's default has the fields' types
s.record({ a: s.string() }, { default: { a: 1 } })
// @ts-expect-error an entity check names fields of the record
s.record({ a: s.string() }, { entityChecks: [{ onlyOneOf: ['b'] }] })
// @ts-expect-error eq on a list could never hold
s.array(s.string(), { eq: ['a'] })
// @ts-expect-error enum is no attribute of Kong
s.string({ enum: ['a'] })
// @ts-expect-error an unknown attribute beside a known one
s.string({ default: 'a', minimum: 1 })
// @ts-expect-error elements are a field
s.array('string')
// @ts-expect-error an unknown protocol
describeSchema('x', scalars, { protocols: ['ftp'] })
// @ts-expect-error an entity check names fields of the config
describeSchema('x', scalars, { entityChecks: [{ onlyOneOf: ['nope'] }] })
// @ts-expect-error at the top the names start with config.
describeSchema('x', scalars, { pluginChecks: [{ onlyOneOf: ['plain'] }] })
// @ts-expect-error an unknown entity check
describeSchema('x', scalars, { entityChecks: [{ anyOf: ['plain'] }] })
