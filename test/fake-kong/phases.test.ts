import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answerCall, rows } from '../../src/fake-kong/answers.ts'
import { enterPhase, phasesIn } from '../../src/fake-kong/phases.ts'
import { createWorld, type World } from '../../src/fake-kong/world.ts'
import { type Phase, phases } from '../../src/pdk/phases.ts'
import type { Row } from '../../src/pdk/row.ts'

/** How Kong refuses a function in a phase, whatever the arguments. */
const wrongPhase = /^(function cannot be called in|API disabled in|attempt to index field 'balancer_data')/

const samples: Readonly<Record<string, unknown>> = {
  max_args: 1,
  max_headers: 1,
  port: 1,
  status: 400,
  consumer_id: '33333333-3333-4333-8333-333333333333',
}

for (const phase of phases)
  test(`answerCall: in ${phase} those functions answer whose rows say so`, () => {
    const wrong = [...rows.values()]
      .filter((row) => isOffered(row, phase))
      .filter((row) => answers(row, phase) !== row.phases.includes(phase))
    assert.equal(
      wrong.map(({ name }) => name),
      [],
    )
  })

/** Kong Enterprise's functions are nil here, and Kong sets vaults up in a phase without plugins. */
function isOffered({ name, edition }: Row, phase: Phase): boolean {
  if (edition === 'enterprise' || name === 'kong.vault.init_worker') return false
  return phase === 'preread'
    ? !name.startsWith('kong.client.tls.')
    : name !== 'kong.service.request.disable_tls'
}

function answers({ name, args }: Row, phase: Phase): boolean {
  const world = worldIn(phase)
  const answered = answerCall(
    { world, phase },
    name,
    args.map((argument) => samples[argument.name] ?? 'x'),
  )
  return !(answered.kind === 'raised' && wrongPhase.test(answered.why))
}

/** A response that was buffered, and a route of one protocol: what Kong needs to answer in log. */
function worldIn(phase: Phase): World {
  const world = createWorld({
    subsystem: phase === 'preread' ? 'stream' : 'http',
    route: { id: '22222222-2222-4222-8222-222222222222', protocols: ['http'] },
  })
  if (phase === 'log') enterPhase(world, 'response')
  enterPhase(world, phase)
  return world
}

test('enterPhase: in response the service has answered, and its headers replace those of a plugin', () => {
  const world = createWorld({ upstream: { response: { status: 201, headers: { 'x-a': 'service' } } } })
  world.response.headers = { 'x-a': ['plugin'], 'x-b': ['plugin'] }
  enterPhase(world, 'access')
  assert.is(world.response.status, 200)
  enterPhase(world, 'response')
  assert.is(world.response.status, 201)
  assert.equal(world.response.headers['x-a'], ['service'])
  assert.equal(world.response.headers['x-b'], ['plugin'])
})

test('enterPhase: an unbuffered response keeps both lines of a header', () => {
  const world = createWorld({ upstream: { response: { headers: { 'x-a': 'service' } } } })
  world.response.headers = { 'x-a': ['plugin'] }
  enterPhase(world, 'log')
  assert.equal(world.response.headers['x-a'], ['plugin', 'service'])
})

test('phasesIn: a stream has preread, a request the others', () => {
  assert.equal(phasesIn('http', ['log', 'preread', 'access']), ['access', 'log'])
  assert.equal(phasesIn('stream', ['log', 'preread', 'access']), ['preread', 'log'])
})

test.run()
