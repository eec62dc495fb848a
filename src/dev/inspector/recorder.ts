import type { End } from '../../fake-kong/outcome.ts'
import type { CallWatch } from '../../fake-kong/watch.ts'
import type { World } from '../../fake-kong/world.ts'
import type { Phase } from '../../pdk/phases.ts'
import type { RecordKind } from './record.ts'

/** Notes down what happens to requests. */
export interface Recorder extends CallWatch {
  begin(world: World, kind: RecordKind): Recording
  /** The recording of a world that was begun. */
  of(world: World): Recording | undefined
}

/** One request, while it runs. */
export interface Recording {
  enter(plugin: string, phase: Phase, release: number): void
  leave(plugin: string, phase: Phase, end: End): void
  /** The request goes to the service, as the world has it now. */
  forward(): void
  /** The service's answer begins, as the world has it now. */
  answer(): void
  /** The response to the client begins, as the world has it now. */
  respond(): void
  /** The client has all of the response: what comes now is `log`. */
  served(): void
  /** Bytes of a body that pass by without being in the world. */
  pass(body: 'came' | 'sent' | 'answered' | 'response', bytes: Uint8Array): void
  finish(state: 'done' | 'aborted' | 'refused'): void
}
