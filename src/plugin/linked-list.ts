/** A link of the list; who is in it is in no other. */
export class Link {
  previous: Link | undefined
  next: Link | undefined
}

/**
 * Things in the order in which they were added. A Set would do, but where members come and go all the time its memory
 * lives on through collections of garbage, as each of its tables refers to the next.
 */
export class LinkedList<T extends Link> {
  #first: T | undefined
  #last: T | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  add(item: T): void {
    item.previous = this.#last
    if (this.#last === undefined) this.#first = item
    else this.#last.next = item
    this.#last = item
    this.#size++
  }

  /** `false` where it is not in the list. */
  delete(item: T): boolean {
    if (item.previous === undefined && this.#first !== item) return false
    const previous = item.previous as T | undefined
    const next = item.next as T | undefined
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    item.previous = item.next = undefined
    this.#size--
    return true
  }

  /** From the first that was added on; the one that was just given may be deleted. */
  *[Symbol.iterator](): Generator<T> {
    for (let item = this.#first; item !== undefined; ) {
      const next = item.next as T | undefined
      yield item
      item = next
    }
  }
}
