import { fault } from '../errors.ts'
import type { Dialect, Phase } from '../pdk/phases.ts'
import type { Event, Line } from '../plugin/event.ts'
import type { Instance } from '../plugin/instances.ts'
import type { Log } from '../plugin/log.ts'
import type { NamedPlugin } from '../plugin/plugin.ts'
import { Runtime } from '../plugin/runtime.ts'
import { protocols } from '../protocol/protocols.ts'
import { tooLate, within } from './limit.ts'

/** The runtime of a test: it can be left in the middle of events, which then end at once instead of at their time limit. */
export class TestRuntime extends Runtime {
  readonly #open = new Set<Event>()

  constructor(plugin: NamedPlugin, dialect: Dialect, lines: string[]) {
    super({ plugins: [plugin], dialect, prepare: protocols[dialect].prepare, log: logInto(lines) })
  }

  override runEvent(instance: Instance, phase: Phase, line: Line): void {
    const opened = this.#open
    super.runEvent(instance, phase, {
      begin(event) {
        opened.add(event)
        line.begin(event)
      },
      send: (...call) => line.send(...call),
      sendLast: (...call) => line.sendLast(...call),
      end: () => line.end(),
      get unanswered() {
        return line.unanswered
      },
      giveUp: (error) => line.giveUp(error),
    })
  }

  override eventDone(event: Event): void {
    this.#open.delete(event)
    super.eventDone(event)
  }

  /** Ends all events as if Kong had gone. */
  abandon(): void {
    for (const event of [...this.#open]) {
      event.cut('Kong closed its connection')
      event.giveUp(fault('CONNECTION_LOST', event.unanswered ?? 'the event was over'))
      this.eventDone(event)
    }
  }

  /** Closes the instances, which takes the author's `close`. */
  async end(limit: number): Promise<void> {
    await within(limit, this.close(), tooLate(limit, "the plugin's close (or init) has not ended"))
  }
}

function logInto(lines: string[]): Log {
  const at = (level: keyof Log) => (message: string) => void lines.push(`${level}: ${message}`)
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}
