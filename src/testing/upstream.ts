import { UpstreamFailure } from '../fake-kong/flow.ts'
import { createWorld, type Response, type World } from '../fake-kong/world.ts'
import { checkAnswer } from './check-options.ts'
import { within } from './limit.ts'
import type { UpstreamAnswer, UpstreamScript } from './options.ts'
import { echoOf, type Recording, seenUpstream } from './outcome.ts'

/** Sends the request to the service that the test wrote, and notes down what it saw. */
export async function forward(
  world: World,
  script: UpstreamScript | undefined,
  recording: Recording,
  limit: number,
): Promise<void> {
  if (world.subsystem === 'stream') {
    recording.target = { ...world.upstream.target }
    return
  }
  const request = seenUpstream(world)
  recording.upstream = request
  if (script === undefined) return
  const answering =
    script === 'echo' ? { body: echoOf(request) } : typeof script === 'function' ? script(request) : script
  const answer = await within(limit, Promise.resolve(answering), () => {
    throw new UpstreamFailure(504, `the upstream of the test did not answer within ${limit} ms`)
  })
  checkAnswer(answer)
  world.upstream.response = responseOf(answer)
}

function responseOf({ status = 200, headers = {}, body = '' }: UpstreamAnswer): Response {
  const isText = typeof body === 'string' || body instanceof Uint8Array
  const bytes = isText ? Buffer.from(body) : Buffer.from(JSON.stringify(body))
  const own = {
    'content-type': isText ? [] : ['application/json'],
    ...Object.fromEntries(
      Object.entries(headers)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => [name.toLowerCase(), value]),
    ),
  }
  const sized = { 'content-length': String(bytes.length), ...own }
  return createWorld({ upstream: { response: { status, headers: sized, body: bytes } } }).upstream.response
}
