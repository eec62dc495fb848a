// One Kong worker, in a process of its own: event after event over a pooled connection, which it leaves when it sees
// its end, as nginx does. Says at the end, as JSON, how many events were answered and how many were lost on the way.
import { setTimeout as pause } from 'node:timers/promises'
import { MsgpackPeer } from './msgpack-peer.ts'
import { ProtobufPeer } from './protobuf-peer.ts'

const [socket, dialect, milliseconds, plugin = 'work', moves = '1'] = process.argv.slice(2) as [
  string,
  string,
  string,
  string?,
  string?,
]
const connect = () => (dialect === 'ProtoBuf:1' ? ProtobufPeer.connect(socket) : MsgpackPeer.connect(socket))
const counts = { answered: 0, lost: 0, moved: 0 }
const end = performance.now() + Number(milliseconds)
// On a busy machine the other servers are late.
const latest = end + 20_000

let peer = await connect()
let instance = await peer.start(plugin, {})
console.error('it has begun')
while (performance.now() < end || (counts.moved < Number(moves) && performance.now() < latest)) {
  if (peer.closed) {
    counts.moved++
    peer = await connect()
    // The new server does not know the old one's instances.
    instance = await peer.start(plugin, {})
  }
  try {
    await peer.event(instance, 'access')
    counts.answered++
  } catch (error) {
    // Over ProtoBuf:1 Kong runs an event again whose connection was closed; over MsgPack:1 it lets the request pass.
    if (dialect === 'ProtoBuf:1' && peer.closed) continue
    counts.lost++
    console.error(error)
  }
  await pause(2)
}
console.log(JSON.stringify(counts))
process.exit(0)
