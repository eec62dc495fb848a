import type { Dialect, Phase } from '../../src/pdk/phases.ts'
import { definePlugin, settleDefinition } from '../../src/plugin/define.ts'
import type { Plugin } from '../../src/plugin/plugin.ts'
import { Runtime } from '../../src/plugin/runtime.ts'
import type { Session } from '../../src/protocol/dialect.ts'
import { protocols } from '../../src/protocol/protocols.ts'
import empty from '../plugins/empty/plugin.ts'
import hello from '../plugins/hello/plugin.ts'
import log from '../plugins/log/plugin.ts'
import rich from '../plugins/rich/plugin.ts'
import type { HotPath } from './hot-paths.ts'
import { kongs } from './kong.ts'

/** With so many calls in an event, what one call costs is most of it. */
const calls = definePlugin({
  version: '1.0.0',
  async access(kong) {
    for (let call = 0; call < 32; call++) kong.service.request.setHeader('x-guard', 'the same')
  },
})

/** Whole events, from Kong's bytes to ours, on one connection without a socket. */
export async function sessions(): Promise<HotPath[]> {
  return [
    await createEvents('empty', settleDefinition(empty), 'ProtoBuf:1'),
    await createEvents('hello', settleDefinition(hello), 'ProtoBuf:1'),
    await createEvents('rich', settleDefinition(rich), 'ProtoBuf:1'),
    await createEvents('log', settleDefinition(log), 'ProtoBuf:1'),
    await createEvents('32 calls', settleDefinition(calls), 'ProtoBuf:1'),
    await createEvents('empty', settleDefinition(empty), 'MsgPack:1'),
    await createEvents('hello', settleDefinition(hello), 'MsgPack:1'),
    await createEvents('rich', settleDefinition(rich), 'MsgPack:1'),
  ]
}

async function createEvents(name: string, plugin: Plugin, dialect: Dialect): Promise<HotPath> {
  const protocol = protocols[dialect]
  const runtime = new Runtime({
    plugins: [{ ...plugin, name }],
    dialect,
    prepare: protocol.prepare,
    // A server would warn of what holds the loop as long as these runs do.
    log: { error: complain, warn() {}, info() {}, debug() {} },
    // The answers of one event are sent again for each: its id must be the same.
    nextEventId: () => 1,
  })
  const { id } = runtime.startInstance(name, '{}')
  const [phase] = Object.keys(plugin.phases) as [Phase]
  let heard: (written: Buffer, length: number) => void = () => {}
  let writes = 0
  const session = protocol.open(runtime).createSession({
    write(written, length) {
      writes++
      heard(written, length)
    },
    end() {},
    close: () => true,
  })
  const onWrite = (listener: typeof heard) => {
    heard = listener
  }
  const turns = await recordEvent(session, onWrite, dialect, id, phase)
  return {
    name: `${name}, ${dialect}`,
    writes: () => writes,
    run: (times) => repeatEvent(session, onWrite, turns, times),
  }
}

type OnWrite = (listener: (written: Buffer, length: number) => void) => void

/** What Kong sends during one event among others: first its beginning, then something to each write but the last. */
function recordEvent(
  session: Session,
  onWrite: OnWrite,
  dialect: Dialect,
  instance: number,
  phase: Phase,
): Promise<Buffer[]> {
  const kong = kongs[dialect]()
  const beginning = kong.begin(instance, phase)
  return new Promise((resolve) => {
    let events = 0
    let turns: Buffer[] = []
    onWrite((written, length) => {
      const { bytes, ended } = kong.answer(Buffer.from(written.subarray(0, length)))
      // Calls that nobody waited for are answered together with the next beginning.
      const turn = ended ? Buffer.concat([bytes, beginning]) : bytes
      if (ended && ++events === 3) {
        resolve(turns)
        return
      }
      if (ended) turns = []
      turns.push(turn)
      void settled.then(() => session.receive(turn, turn.length))
    })
    session.receive(beginning, beginning.length)
  })
}

/** The session gets the same bytes at the same places again: Kong's side costs one promise a turn. */
function repeatEvent(
  session: Session,
  onWrite: OnWrite,
  turns: readonly Buffer[],
  times: number,
): Promise<void> {
  return new Promise((resolve) => {
    let left = times
    let next = 0
    const send = () => {
      const turn = turns[next++] as Buffer
      session.receive(turn, turn.length)
    }
    onWrite(() => {
      if (next === turns.length) {
        next = 0
        left--
      }
      if (left === 0) resolve()
      else void settled.then(send)
    })
    send()
  })
}

const settled = Promise.resolve()

function complain(message: string): never {
  throw new Error(`The guard's plugins do nothing wrong, yet: ${message}`)
}
