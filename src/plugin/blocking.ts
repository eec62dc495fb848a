import { performance } from '../clock.ts'
import { aboutOf, type Event } from './event.ts'
import type { LinkedList } from './linked-list.ts'
import type { About, Log } from './log.ts'

/** Milliseconds for which a handler may keep the loop from going on without being named. */
const limit = 100
/** The same where the process did not compute meanwhile: a machine that is busy with something else makes it late too. */
const idleLimit = 1000
/** Milliseconds between two looks, while there are events. */
const interval = 20
/** Milliseconds between two such log lines. */
const pause = 1000
const mostNamed = 3

/**
 * Names handlers that do not let the loop go on: all other events wait for them. A handler's first turn is timed by the
 * clock; of later ones, after an `await`, a timer that comes late tells, and they are of an event that was open.
 */
export class BlockingWatch {
  readonly #log: Log
  readonly #open: LinkedList<Event>
  readonly #place: (event: Event) => string
  #timer: NodeJS.Timeout | undefined
  #lastLook = 0
  #lastUsage = process.cpuUsage()
  #busy = false
  /** Milliseconds since the last look that are explained. */
  #explained = 0
  #ended: Event[] = []
  #lastLine = Number.NEGATIVE_INFINITY
  #unsaid = 0

  constructor(open: LinkedList<Event>, log: Log, place: (event: Event) => string) {
    this.#open = open
    this.#log = log
    this.#place = place
  }

  /** An event has begun. */
  began(): void {
    this.#busy = true
    if (this.#timer !== undefined) return
    this.#lastLook = performance.now()
    this.#lastUsage = process.cpuUsage()
    this.#timer = setInterval(() => this.#look(), interval)
    this.#timer.unref()
  }

  /** The first turn of an event's handler is over, which began at that moment. */
  firstTurnOver(event: Event, since: number): void {
    const took = performance.now() - since
    if (took <= limit) return
    this.#explained += took
    this.#say(`${this.#place(event)} kept the loop from going on for ${Math.round(took)} ms`, aboutOf(event))
  }

  /** An event has ended, so many milliseconds after it began. */
  ended(event: Event, took: number): void {
    if (took > limit && this.#ended.length < mostNamed) this.#ended.push(event)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const now = performance.now()
    const usage = process.cpuUsage()
    const late = now - this.#lastLook - interval
    const unexplained = late - this.#explained
    if (unexplained > limit) this.#blame(now, unexplained, usage)
    this.#lastLook = now
    this.#lastUsage = usage
    this.#explained = 0
    this.#ended = []
    if (!this.#busy && this.#open.size === 0) this.close()
    this.#busy = false
  }

  #blame(now: number, blocked: number, usage: NodeJS.CpuUsage): void {
    const computed = (usage.user + usage.system - this.#lastUsage.user - this.#lastUsage.system) / 1000
    const suspects = new Map<string, Event>()
    for (const event of [...this.#ended, ...this.#open]) {
      // It had begun when the loop stood still.
      if (now - event.startedAt >= blocked) suspects.set(this.#place(event), event)
      if (suspects.size > mostNamed) break
    }
    const waited = computed < blocked / 4
    if (waited && (suspects.size === 0 || blocked < idleLimit)) return
    const named = [...suspects.keys()].slice(0, mostNamed).join(', ')
    const who =
      suspects.size === 0
        ? 'something that is no handler'
        : suspects.size === 1
          ? named
          : `one of ${named}${suspects.size > mostNamed ? ' or others' : ''}`
    const how = waited ? `, computing for ${Math.round(computed)} ms of them` : ''
    const [event] = suspects.values()
    const about = suspects.size === 1 && event !== undefined ? aboutOf(event) : undefined
    this.#say(`${who} kept the loop from going on for about ${Math.round(blocked)} ms${how}`, about)
  }

  #say(sentence: string, about?: About): void {
    const now = performance.now()
    if (now - this.#lastLine < pause) {
      this.#unsaid++
      return
    }
    const more =
      this.#unsaid === 0 ? '' : `; ${this.#unsaid} times more it stood still since the last such line`
    this.#lastLine = now
    this.#unsaid = 0
    this.#log.warn(`${sentence}, and all events with it: do long work in pieces or elsewhere${more}`, about)
  }
}
