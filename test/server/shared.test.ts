import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { shareMaking } from '../../src/server/metrics/shared.ts'

test('shareMaking makes one for all who ask before it begins, and another for who asks later', async () => {
  let made = 0
  let goOn = (): void => undefined
  const ask = shareMaking(async () => {
    const own = ++made
    await new Promise<void>((resolve) => {
      goOn = resolve
    })
    return own
  }, 1)
  // A timer of its own keeps this process, as those of the pauses do not.
  const alive = setInterval(() => goOn(), 1)
  const first = [ask(), ask()]
  await new Promise((resolve) => setImmediate(resolve))
  const second = [ask(), ask()]
  assert.equal(await Promise.all([...first, ...second]), [1, 1, 2, 2])
  assert.is(await ask(), 3)
  clearInterval(alive)
})

test('shareMaking goes on after what could not be made', async () => {
  let made = 0
  const ask = shareMaking(async () => {
    if (++made === 1) throw new Error('not now')
    return made
  }, 1)
  const alive = setInterval(() => undefined, 1)
  const failed = await Promise.allSettled([ask(), ask()])
  assert.equal(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.is(await ask(), 2)
  clearInterval(alive)
})

test.run()
