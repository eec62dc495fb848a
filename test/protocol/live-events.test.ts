import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Link, LinkedList } from '../../src/plugin/linked-list.ts'
import { type Identified, LiveEvents } from '../../src/protocol/msgpack/live-events.ts'

class Item extends Link implements Identified<Item> {
  sibling: Item | undefined
  readonly id: number

  constructor(id: number) {
    super()
    this.id = id
  }
}

test('LiveEvents and LinkedList hold what a Map holds, through 20,000 random steps', () => {
  const [events, list, model] = [new LiveEvents<Item>(), new LinkedList<Item>(), new Map<number, Item>()]
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let step = 0; step < 20_000; step++) {
    // Ids that share a place of the table, and others.
    const id = random(8) * 1024 + random(5)
    const known = model.get(id)
    assert.is(events.get(id), known)
    if (known === undefined) {
      const item = new Item(id)
      for (const add of [() => events.add(item), () => list.add(item), () => model.set(id, item)]) add()
    } else {
      model.delete(id)
      events.delete(known)
      assert.is(list.delete(known), true)
      assert.is(list.delete(known), false)
      events.delete(known)
    }
    assert.is(events.size, model.size)
    assert.is(list.size, model.size)
  }
  assert.equal([...list], [...model.values()])
  assert.equal(new Set(events), new Set(model.values()))
})

test('LinkedList goes on behind a member that was deleted while it was given', () => {
  const list = new LinkedList<Item>()
  for (let id = 0; id < 5; id++) list.add(new Item(id))
  const seen: number[] = []
  for (const item of list) {
    seen.push(item.id)
    list.delete(item)
  }
  assert.equal(seen, [0, 1, 2, 3, 4])
  assert.is(list.size, 0)
})

test.run()
