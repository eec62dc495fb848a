import type { AdminError } from '../fake-kong/configure.ts'
import type { DevState, PluginConfig } from './inspector/api.ts'

/** What the inspector may see and change. */
export interface Control {
  state(): DevState
  plugins(): readonly PluginConfig[]
  /** Undefined where there is no such plugin. */
  setConfig(id: string, config: object): PluginConfig | AdminError | undefined
  /** Calls at every change of the state, until the function that it gives is called. */
  subscribe(listener: () => void): () => void
}
