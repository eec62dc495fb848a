import { configure } from '../fake-kong/configure.ts'
import { everywhere, type FlowPlugin } from '../fake-kong/flow.ts'
import { ConfigRefused, TestingError } from './errors.ts'
import type { Settings } from './host.ts'
import type { AnyOtherPlugin } from './options.ts'
import { describeSubject, sourceOf, unnamed } from './subject.ts'
import { Watch } from './watch.ts'

/** The tested plugin, and others that are put on its requests. */
export interface Together {
  readonly tested: { readonly plugin: unknown; readonly name: string }
  readonly others: readonly AnyOtherPlugin[]
}

/** Other plugins at work on the same requests, each with one configuration. Nothing of what they call is noted down. */
export class Others {
  readonly plugins: FlowPlugin[] = []
  readonly #undo: (() => Promise<void> | void)[] = []
  /** By name; those without one by what they are. */
  readonly #taken = new Set<unknown>()

  static async open({ tested, others: given }: Together, settings: Settings): Promise<Others> {
    const others = new Others()
    try {
      others.#take(tested.name, tested.plugin)
      for (const other of given) await others.#add(other, settings)
    } catch (error) {
      await others.close()
      throw error
    }
    return others
  }

  async close(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo()
  }

  async #add({ plugin, config = {}, name }: AnyOtherPlugin, { limit, level }: Settings): Promise<void> {
    const subject = await describeSubject(plugin, {
      level: typeof plugin === 'string' ? undefined : level,
      dialect: undefined,
      name,
      limit,
      workers: 1,
      pieces: undefined,
    })
    this.#undo.push(() => subject.close())
    this.#take(subject.name, plugin)
    const configured = configure(subject.schema, { config })
    if (!configured.ok) throw new ConfigRefused(subject.name, configured.error)
    const host = await subject.open(new Watch())
    this.#undo.push(() => host.close())
    const worker = host.createWorker(configured.plugin)
    this.#undo.push(() => worker.close())
    await worker.start().catch(() => undefined)
    const { priority, phases } = subject
    this.plugins.push(
      everywhere({
        name: subject.name,
        priority,
        phases,
        runPhase: (phase, world) => worker.runPhase(phase, world),
      }),
    )
  }

  #take(name: string, plugin: unknown): void {
    const key = name === unnamed ? sourceOf(plugin) : name
    if (this.#taken.has(key))
      throw new TestingError(
        `Cannot run ${name === unnamed ? 'the same plugin' : name} twice on one request, as Kong never does: leave one of them out, or give one another name`,
      )
    this.#taken.add(key)
  }
}
