/// <reference path="./embedded.d.ts" />
/** What a plugin author imports; everything here may go inside a plugin's binary. */
export { KongPluginError } from './errors.ts'
export type * from './pdk/entities.ts'
export type { Kong } from './pdk/kong.ts'
export type { Dialect, Phase } from './pdk/phases.ts'
export { definePlugin, type Handlers, type PluginDefinition } from './plugin/define.ts'
export type { GoShape, GoShapeOptions } from './plugin/go-shape.ts'
export type { InstanceInfo } from './plugin/plugin.ts'
export type { EndedEvent, EventFailure, Outcome } from './plugin/watched.ts'
export { type Config, checkConfig, checkSchema, type Fields, type Input, s } from './schema/index.ts'
export { startServer } from './server/start.ts'
