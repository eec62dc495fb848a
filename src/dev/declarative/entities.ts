import type { Consumer, ConsumerGroup, Route, Service } from '../../pdk/entities.ts'

/** All that a declarative file describes, with ids everywhere and the schema's defaults filled in. */
export interface Entities {
  readonly services: readonly Service[]
  /** Each names its service by its id. */
  readonly routes: readonly Route[]
  readonly consumers: readonly Consumer[]
  readonly groups: readonly ConsumerGroup[]
  readonly plugins: readonly PluginEntity[]
}

/** A plugin with one configuration, as it is put on a route, service, consumer, or on all requests. */
export interface PluginEntity {
  readonly id: string
  readonly name: string
  readonly instanceName: string | undefined
  readonly enabled: boolean
  /** As written; defaults belong to the plugin's schema. */
  readonly config: object
  /** What else was written, as `protocols`: for the schema's checks. */
  readonly others: Readonly<Record<string, unknown>>
  /** Ids. */
  readonly route: string | undefined
  readonly service: string | undefined
  readonly consumer: string | undefined
  /** File, line and column, where it was written. */
  readonly place: string | undefined
}

/** A declarative file, read. */
export interface Declarative {
  readonly entities: Entities
  /** What the file asks for that the local gateway does not do, a sentence each. */
  readonly notes: readonly string[]
}
