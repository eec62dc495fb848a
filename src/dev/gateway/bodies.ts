import type { World } from '../../fake-kong/world.ts'
import type { Phase } from '../../pdk/phases.ts'
import type { ClientBody } from './client-body.ts'

/** The functions that read the client's body, and the phases in which Kong lets them. */
const methods: ReadonlySet<string> = new Set(['kong.request.get_raw_body', 'kong.request.get_body'])
const phases: ReadonlySet<Phase> = new Set(['rewrite', 'access', 'response'])

/** Reads the body of a request into its world when a plugin first asks for it, as Kong does. */
export class Bodies {
  readonly #bodies = new WeakMap<World, ClientBody>()

  open(world: World, body: ClientBody): void {
    this.#bodies.set(world, body)
  }

  /** Comes before each call of a plugin. */
  async before(world: World, phase: Phase, method: string): Promise<undefined> {
    if (methods.has(method) && phases.has(phase)) await this.#bodies.get(world)?.load(world)
  }
}
