export type { Deprecation, EntityCheck, Match, PatternRule } from './attributes.ts'
export type { ConfigVerdict, DumpSchema, Refusal, SchemaVerdict, StoredPlugin } from './check.ts'
export { checkConfig, checkSchema, knownProtocols } from './check.ts'
export type { KongMembers } from './defaults.ts'
export { kongMembers, withDefaults } from './defaults.ts'
export type { Issue, Issues } from './definition.ts'
export type { DescribeOptions, PluginField, Protocol } from './describe.ts'
export { checkPluginHead, describeSchema, writeSchema } from './describe.ts'
export type { SchemaErrorCode } from './errors.ts'
export type {
  Config,
  ConfigOf,
  Field,
  FieldPath,
  Fields,
  FieldType,
  Input,
  InputOf,
  Json,
  Presence,
} from './field.ts'
export { s } from './fields.ts'
export { fieldsFromKong } from './kong-array.ts'
export { fieldsFromValue } from './value.ts'
