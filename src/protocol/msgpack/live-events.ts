/** An event that a table finds by its id; it is in one table at most. */
export interface Identified<T> {
  readonly id: number
  /** The next one in the same place of the table. */
  sibling: T | undefined
}

/** A power of two: ids are given out in turn, so that many fit before two share a place. */
const places = 1024

/** Of several workers each gives out every second, third ... id: so what lies above is mixed in. */
function placeOf(id: number): number {
  return (id ^ (id >>> 10)) & (places - 1)
}

/** Events by id. A Map would do, but its memory outlives what comes and goes in it, as a `LinkedList` tells. */
export class LiveEvents<T extends Identified<T>> {
  readonly #first: (T | undefined)[] = new Array(places).fill(undefined)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: number): T | undefined {
    let event = this.#first[placeOf(id)]
    while (event !== undefined && event.id !== id) event = event.sibling
    return event
  }

  add(event: T): void {
    const place = placeOf(event.id)
    event.sibling = this.#first[place]
    this.#first[place] = event
    this.#size++
  }

  /** One that is not in the table is passed over. */
  delete(event: T): void {
    const place = placeOf(event.id)
    const first = this.#first[place]
    if (first === event) this.#first[place] = event.sibling
    else {
      let before = first
      while (before !== undefined && before.sibling !== event) before = before.sibling
      if (before === undefined) return
      before.sibling = event.sibling
    }
    event.sibling = undefined
    this.#size--
  }

  *[Symbol.iterator](): Generator<T> {
    for (const first of this.#first)
      for (let event = first; event !== undefined; event = event.sibling) yield event
  }
}
