import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, ask, copyExample, startDev } from './support/dev.ts'

const greeting = 'x-hello-from-ts'

test('kong-ts dev: 20 edits under 50 requests a second, and no request fails or goes back to older code', async () => {
  const { file, remove } = copyExample('hello')
  const source = readFileSync(file, 'utf8')
  const dev = await startDev([file])
  const answers: (Answer | Error)[] = []
  const load = new AbortController()
  const steady = (async () => {
    const under: Promise<void>[] = []
    const send = async (index: number) => {
      answers[index] = await ask(`${dev.gateway}/load`).catch((error: Error) => error)
    }
    while (!load.signal.aborted) {
      under.push(send(answers.push(new Error('not answered')) - 1))
      await delay(20)
    }
    await Promise.all(under)
  })()
  try {
    for (let edit = 1; edit <= 20; edit++) {
      writeFileSync(file, source.replace('TypeScript says', `Edit ${edit} says`))
      while (!answers.some((answer) => greetingOf(answer) === edit)) await delay(10)
    }
  } finally {
    load.abort()
    await steady
    assert.is(await dev.stop(), 0, dev.errors())
    remove()
  }
  assert.is(dev.errors(), '')
  const failed = answers.filter((answer) => answer instanceof Error || answer.status !== 200)
  assert.equal(failed, [])
  assert.ok(answers.length >= 100, `${answers.length} requests`)
  assert.is(dev.lines.filter((line) => line.startsWith('Reloaded')).length, 20)
  const edits = answers.map(greetingOf)
  assert.equal(
    edits,
    edits.toSorted((a, b) => a - b),
  )
  assert.is(edits.at(-1), 20)
})

function greetingOf(answer: Answer | Error): number {
  if (answer instanceof Error) return 0
  return Number(/^Edit (\d+) says/.exec(String(answer.headers[greeting]))?.[1] ?? 0)
}

test.run()
