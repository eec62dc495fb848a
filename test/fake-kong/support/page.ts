import { recordings } from '../worlds/index.ts'
import { type ComparedCall, type ComparedRequest, compareRecording } from './agreement.ts'
import { callExceptions, type Exception, requestExceptions } from './exceptions.ts'

/** docs/fake-kong.md, made from the recordings. */
export async function agreementPage(): Promise<string> {
  const rows: string[] = []
  const all: ComparedRequest[] = []
  for (const recording of recordings) {
    const requests = await compareRecording(recording)
    all.push(...requests)
    rows.push(row([recording.phase, dialectOf(recording.name), `\`${recording.name}\``, ...counts(requests)]))
  }
  return [
    ...head,
    row([
      'phase',
      'dialect',
      'recording',
      'calls',
      'agree',
      'of which raised',
      'with words',
      'requests',
      'agree',
    ]),
    row(['---', '---', '---', '---:', '---:', '---:', '---:', '---:', '---:']),
    ...rows,
    row(['**all**', '', '', ...counts(all)]),
    '',
    ...how,
    measuredSentence(all.flatMap(({ calls }) => calls)),
    '',
    '## What differs',
    '',
    ...exceptions('Calls', callExceptions),
    ...exceptions('Requests', requestExceptions),
    '',
    ...limits,
  ].join('\n')
}

const head = [
  '# How far the fake Kong agrees with Kong',
  '',
  'The test kit, the local gateway, `kong-ts smoke` and the benchmarks speak to a Kong of our own, in `src/fake-kong/`. This',
  'page holds it against recordings of a real Kong 3.9.1, call by call. A test makes the page anew and compares it;',
  '`node --import ./build/load-typescript.mjs test/fake-kong/support/write-page.ts` writes it.',
  '',
  "* A *call* is one question of a plugin with Kong's answer, or one that Kong raised at or that ended the request. In a matrix",
  '  each request makes one call, and every function is called in the phase, whether it works there or not; a tour makes all',
  '  calls that work in one event; an exit makes one call that answers the request itself.',
  '* A *request* is what came of it as a whole: the handlers that ran and their order, and what the client got, with the request',
  '  that the service saw where the client got that.',
  '',
]

const how = [
  '## How they are compared',
  '',
  'The world of a recording is data: the request, route, service, consumer, node, and the trusted addresses are in',
  "`test/fake-kong/worlds/`. The calls go through the phases of a whole request, in the fake's own order.",
  '',
  '* **ProtoBuf:1**: the bytes of each answer. Kong writes the members of a table in random order, so the fields of a message are',
  '  first put in the order of their numbers and the entries of a map in that of their keys.',
  "* **MsgPack:1**: the bytes of the whole message `plugin.Step*`, whose ids are the recording's, with the entries of each map",
  '  put in the order of their keys. Whether a number, text or bytes: each type is compared as it was written.',
  '* `kong.log.serialize` gives JSON inside a string: it has to hold the same bytes in some order, and to be the same JSON.',
  "* **Raised**: Kong never answers such a call. *With words* counts those for which the recorder kept Kong's error line (up to its",
  "  first comma or parenthesis): the fake's has to begin with it.",
  '* **Clients**: status, headers and body, without `Date` and the values of `X-Kong-*-Latency`; of bodies over 600 bytes, which',
  '  were not recorded whole, the length.',
  '',
]

const limits = [
  '## What was not recorded',
  '',
  "* No matrix ran in `response`, and none in `log`: raises there follow Kong's source, and answers those of the other phases. In",
  '  `log` the tours compare all calls that Kong answers.',
  "* Kong's words for bad arguments follow its source; the recorder kept them for few functions, those of wrong phases for all.",
  '* Functions of Kong Enterprise answer nothing, as in the open-source Kong.',
  '',
]

function counts(requests: readonly ComparedRequest[]): string[] {
  const calls = requests.flatMap((request) => request.calls)
  const agreeing = calls.filter(({ difference }) => difference === undefined)
  return [
    calls.length,
    agreeing.length,
    agreeing.filter(({ kind }) => kind === 'raised').length,
    agreeing.filter(({ hasWords }) => hasWords).length,
    requests.length,
    requests.filter(({ difference }) => difference === undefined).length,
  ].map(String)
}

function measuredSentence(calls: readonly ComparedCall[]): string {
  const count = calls.filter(({ isMeasured, kind }) => isMeasured && kind === 'answered').length
  return [
    `${count} of the answers give what Kong measured or chose in that request: client ports, start times, sizes of memory, counts of`,
    'connections. The world is given these by the recording, so that only their form is compared. The same goes for the',
    'sizes, latencies and tries in `kong.log.serialize`.',
  ].join('\n')
}

function exceptions(title: string, list: readonly Exception[]): string[] {
  if (list.length === 0) return [`* ${title}: none.`]
  return list.map(({ recording, call, reason }) => `* ${title}: \`${call}\` in \`${recording}\`. ${reason}`)
}

function dialectOf(name: string): string {
  return name.startsWith('pb-') ? 'ProtoBuf:1' : 'MsgPack:1'
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
