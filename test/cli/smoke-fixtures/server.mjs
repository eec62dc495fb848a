// A plugin server over MsgPack:1, written apart from src/, with one fault at a time: `server.mjs FAULT [flags]`.
import { spawn } from 'node:child_process'
import { chmodSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Packr, UnpackrStream } from 'msgpackr'

const [fault, ...flags] = process.argv.slice(2)
const prefix = flags[flags.indexOf('-kong-prefix') + 1]
const path = join(prefix, 'other.socket')
const packr = new Packr({ useRecords: false })

if (flags.includes('-dump')) dump()
else if (fault === 'never-listens') setInterval(() => undefined, 1000)
else serve()

function dump() {
  if (fault === 'talks-at-dump') console.log('loading the plugin')
  const fields =
    fault === 'bad-schema' ? [{ config: { type: 'text' } }] : [{ config: { type: 'record', fields: [] } }]
  const phases = fault === 'filter-phase' ? ['access', 'header_filter'] : ['access']
  const plugin = {
    Name: 'other',
    Version: '1.0.0',
    Priority: 1,
    Phases: phases,
    Schema: { name: 'other', fields },
  }
  if (fault === 'forks-at-dump') spawn('sleep', ['30'], { stdio: ['ignore', 'inherit', 'ignore'] }).unref()
  if (fault === 'dumps-the-time')
    plugin.Schema.fields.push({ at: { type: 'string', default: String(performance.now()) } })
  console.log(JSON.stringify({ Protocol: 'MsgPack:1', SocketPath: path, Plugins: [plugin] }))
}

function serve() {
  const instances = new Set()
  const sockets = new Set()
  let nextId = fault === 'repeats-ids' ? 1 : Math.floor(Date.now() / 10) % 2 ** 30
  let leaving = false
  let events = 0
  // Whoever waits for it to end runs into the limit of the test run.
  if (fault === 'forks') spawn('sleep', ['600'], { stdio: 'inherit' }).unref()

  const server = createServer((socket) => {
    const stream = new UnpackrStream({ useRecords: false })
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    stream.on('data', (message) => answer(socket, message))
    stream.on('error', (error) => refuse(socket, error))
    socket.on('data', (chunk) => stream.write(chunk))
  })

  const privatePath = `${path}.${process.pid}`
  if (fault === 'takes-the-socket') {
    try {
      unlinkSync(path)
    } catch {}
  }
  server.listen(fault === 'takes-the-socket' ? path : privatePath, () => {
    if (fault === 'takes-the-socket') return chmodSync(path, 0o600)
    chmodSync(privatePath, fault === 'open-mode' ? 0o777 : 0o600)
    renameSync(privatePath, path)
    const own = statSync(path).ino
    setInterval(() => statSync(path, { throwIfNoEntry: false })?.ino !== own && leave(), 50).unref()
  })
  if (fault === 'ignores-sigterm') process.on('SIGTERM', () => console.error('not now'))
  else if (fault !== 'dies-of-sigterm') process.on('SIGTERM', leave)
  if (fault !== 'ignores-stdin') process.stdin.on('end', leave)
  process.stdin.resume()

  function answer(socket, message) {
    if (!Array.isArray(message)) return refuse(socket, new Error('no request'))
    const [, id, method, [argument]] = message
    if (method === 'plugin.StartInstance') {
      if (fault === 'refuses-config') return socket.write(packr.pack([1, id, 'not with this', null]))
      if (fault === 'repeats-one-id') nextId = 7
      instances.add(nextId)
      return reply(socket, id, { Name: 'other', Id: nextId++, StartTime: 1 })
    }
    if (method === 'plugin.HandleEvent') {
      if (!instances.has(argument.InstanceId) && fault !== 'knows-everyone')
        return socket.write(packr.pack([1, id, `no plugin instance ${argument.InstanceId}`, null]))
      if (fault === 'never-answers') return undefined
      events++
      const Data =
        fault === 'always-500' || (fault === 'fails-later' && events > 1)
          ? { Method: 'kong.response.exit', Args: [500, 'sorry'] }
          : fault === 'is-closed'
            ? { Method: 'kong.response.exit', Args: [503, 'closed today'] }
            : fault === 'calls-nothing-known'
              ? { Method: 'kong.request.get_nothing', Args: [] }
              : { Method: 'kong.request.get_header', Args: ['host'] }
      if (fault === 'always-500') console.error('the handler failed in line 7')
      return reply(socket, id, { EventId: 1, Data }, Data.Method === 'kong.response.exit')
    }
    return reply(socket, id, { EventId: 1, Data: 'ret' }, true)
  }

  function reply(socket, id, result, isLast = false) {
    const bytes = packr.pack([1, id, null, result])
    if (leaving && isLast) socket.end(bytes)
    else socket.write(bytes)
  }

  function refuse(socket, error) {
    if (fault === 'dies-on-garbage') throw error
    socket.destroy()
  }

  function leave() {
    if (leaving) return
    leaving = true
    server.close()
    setTimeout(() => process.exit(fault === 'wrong-exit-code' ? 3 : 0), 200)
  }
}
