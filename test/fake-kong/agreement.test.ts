// A real Kong 3.9.1 answered these calls: the fake has to answer each as Kong did.
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareRecording } from './support/agreement.ts'
import { callExceptions, type Exception, requestExceptions } from './support/exceptions.ts'
import { agreementPage } from './support/page.ts'
import { recordings } from './worlds/index.ts'

const listed = (exceptions: readonly Exception[], name: string) =>
  exceptions.filter(({ recording }) => recording === name).map(({ call }) => call)

for (const recording of recordings)
  test(`fake-kong: all of the recorded ${recording.name} agrees, but for what is listed`, async () => {
    const requests = await compareRecording(recording)
    const calls = requests.flatMap((request) => request.calls)
    assert.ok(calls.length > 0)
    assert.equal(differing(calls), listed(callExceptions, recording.name))
    assert.equal(differing(requests), listed(requestExceptions, recording.name))
  })

test('compareRecording: another world is found to differ, in each of its parts', async () => {
  const [certificate, , , , access] = recordings
  const other = { ...access!, world: { ...access!.world, trustedIps: [], consumers: [] } }
  const calls = (await compareRecording(other)).flatMap((request) => request.calls)
  assert.equal(
    new Set(calls.filter(isDifferent).map(({ call }) => call.replace(/\(.*/, ''))),
    new Set(trusting),
  )
  const plain = { ...certificate!, world: { ...certificate!.world, variables: {} } }
  const handshakes = (await compareRecording(plain)).flatMap((request) => request.calls)
  assert.equal(
    differing(handshakes).map((text) => text.replace(/^.* (kong[\w.]+).*$/, '$1')),
    ['kong.nginx.get_tls1_version_str()'],
  )
})

const trusting = ['kong.client.load_consumer', 'kong.ip.is_trusted']

test('docs/fake-kong.md: is what the recordings give', async () => {
  assert.is(readFileSync('docs/fake-kong.md', 'utf8'), await agreementPage(), updated)
})

const updated =
  'Run `node --import ./build/load-typescript.mjs test/fake-kong/support/write-page.ts`, and read what changed'

interface Compared {
  readonly call: string
  readonly difference: string | undefined
}

function isDifferent({ difference }: Compared): boolean {
  return difference !== undefined
}

function differing(compared: readonly Compared[]): string[] {
  return compared.filter(isDifferent).map(({ call }) => call)
}

test.run()
