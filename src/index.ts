/// <reference path="./embedded.d.ts" />
/** What a plugin author imports; everything here may go inside a plugin's binary. */
export { KongPluginError } from './errors.ts'
export type * from './pdk/entities.ts'
export type { Kong } from './pdk/kong.ts'
export type { Dialect, Phase } from './pdk/phases.ts'
export { definePlugin, type Handler, type Handlers, type PluginDefinition } from './plugin/define.ts'
export type { GoShape, GoShapeOptions } from './plugin/go-shape.ts'
export type { InstanceInfo } from './plugin/plugin.ts'
export type { EndedEvent, EventFailure, Outcome } from './plugin/watched.ts'
export type {
  BooleanAttributes,
  Deprecation,
  JsonAttributes,
  ListAttributes,
  MapAttributes,
  Match,
  NumberAttributes,
  PatternRule,
  RecordAttributes,
  StringAttributes,
} from './schema/attributes.ts'
export {
  type Config,
  type ConfigOf,
  type ConfigVerdict,
  checkConfig,
  checkSchema,
  type DumpSchema,
  type EntityCheck,
  type Field,
  type FieldPath,
  type Fields,
  type FieldType,
  type Input,
  type InputOf,
  type Issue,
  type Issues,
  type KongMembers,
  type PluginField,
  type Presence,
  type Refusal,
  type SchemaVerdict,
  type StoredPlugin,
  s,
} from './schema/index.ts'
export { startServer } from './server/start.ts'
