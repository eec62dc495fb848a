import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle, newFolder, run, stopAll } from './support/program.ts'

interface Dump {
  Protocol: string
  SocketPath: string
  Plugins: { Name: string; Version: string; Priority: number; Phases: string[]; Schema: unknown }[]
}

const work = await bundle('work.ts')
const noisy = await bundle('noisy.ts', 'noisy')
const loud = await bundle('loud.ts', 'loud')

test('-dump prints the whole description as one line of JSON', async () => {
  const program = run(process.execPath, [work, '-dump'], { env: {}, cwd: '/' })
  assert.is(await program.ended, 0)
  assert.match(program.out(), /^[^\n]+\n$/)
  assert.is(program.errors(), '')
  const { Plugins, ...server } = JSON.parse(program.out()) as Dump
  assert.equal(server, { Protocol: 'ProtoBuf:1', SocketPath: '/usr/local/kong/work.socket' })
  assert.is(Plugins.length, 1)
  const { Schema, ...head } = Plugins[0]!
  assert.equal(head, { Name: 'work', Version: '1.2.3', Priority: 7, Phases: ['access'] })
  const { name, fields } = Schema as { name: string; fields: object[] }
  assert.is(name, 'work')
  assert.equal(
    fields.find((field) => 'config' in field),
    {
      config: {
        type: 'record',
        fields: [{ mode: { type: 'string', default: 'header' } }, { wait: { type: 'integer', default: 0 } }],
      },
    },
  )
})

test('-dump gives the socket and the protocol that the flags ask for', async () => {
  const socketOf = async (...flags: string[]) => {
    const program = run(process.execPath, [work, ...flags])
    assert.is(await program.ended, 0)
    const { Protocol, SocketPath } = JSON.parse(program.out()) as Dump
    return [Protocol, SocketPath]
  }
  assert.equal(await socketOf('--dump', '-kong-prefix', '/nowhere'), ['ProtoBuf:1', '/nowhere/work.socket'])
  assert.equal(await socketOf('-kong-prefix=/no/where', '-dump'), ['ProtoBuf:1', '/no/where/work.socket'])
  assert.equal(await socketOf('-dump', '-socket', '/s', '-protocol', 'MsgPack:1'), ['MsgPack:1', '/s'])
})

test('-dump stays one document whatever the plugin prints, and leaves although it keeps timers and sockets', async () => {
  const program = run(process.execPath, [noisy, '-dump'], { stdio: ['pipe', 'pipe', 'pipe'] })
  assert.is(await program.ended, 0)
  assert.match(program.out(), /^[^\n]+\n$/)
  assert.is((JSON.parse(program.out()) as Dump).Plugins[0]!.Name, 'noisy')
  for (const line of [
    'info: console.log',
    'info: { a: { b: 1 } }',
    'error: console.error',
    'info: process.stdout.write',
    'info: bytes',
    'info: fs.writeSync',
    'info: writeSync',
  ])
    assert.ok(program.errors().includes(`${line}\n`), line)
})

test('-dump stays one document in a pipe although children, fs.write and /dev/stdout print', () => {
  const command = '{ "$1" "$2" -dump 2>&1 1>&3 | cat >"$3"; } 3>&1 | cat'
  const errors = join(newFolder(), 'stderr')
  const text = execFileSync('sh', ['-c', command, 'sh', process.execPath, loud, errors]).toString()
  assert.match(text, /^[^\n]+\n$/)
  assert.is((JSON.parse(text) as Dump).Plugins[0]!.Name, 'loud')
  const said = readFileSync(errors, 'utf8')
  for (const word of ['a child', 'fs.write', 'fs.writeFileSync', '/dev/stdout'])
    assert.ok(said.includes(`${word}\n`), word)
})

test('-dump that cannot be written ends with a line and exit code 1', async () => {
  const full = openSync('/dev/full', 'w')
  const program = run(process.execPath, [work, '-dump'], { stdio: ['ignore', full, 'pipe'] })
  assert.is(await program.ended, 1)
  closeSync(full)
  assert.match(program.errors(), /^error: [^\n]*no space left[^\n]*\n$/)
})

test('-dump writes a long document whole to a pipe whose reader is slow', () => {
  const text = execFileSync(
    'sh',
    ['-c', '"$1" "$2" -dump 2>/dev/null | (sleep 0.3; cat)', 'sh', process.execPath, noisy],
    {
      env: { FIELDS: '1000' },
      maxBuffer: 10_000_000,
    },
  )
  assert.ok(text.length > 80_000)
  const { Plugins } = JSON.parse(text.toString()) as Dump
  const { fields } = Plugins[0]!.Schema as { fields: { config?: { fields: object[] } }[] }
  assert.is(fields.find((field) => field.config)?.config?.fields.length, 1000)
})

test('-dump writes a long document whole to a socket and to a file', async () => {
  // What Node makes for a child is a socket pair.
  const program = run(process.execPath, [noisy, '-dump'], { env: { FIELDS: '1000' } })
  assert.is(await program.ended, 0)
  assert.is((JSON.parse(program.out()) as Dump).Plugins.length, 1)
  const path = join(newFolder(), 'dump.json')
  const file = openSync(path, 'w')
  const toFile = run(process.execPath, [noisy, '-dump'], { stdio: ['ignore', file, 'ignore'] })
  assert.is(await toFile.ended, 0)
  closeSync(file)
  assert.is((JSON.parse(readFileSync(path, 'utf8')) as Dump).Plugins.length, 1)
})

test('-dump without a stdout ends without a word', () => {
  const said = execFileSync('sh', ['-c', '"$1" "$2" -dump 2>&1 >&- | cat', 'sh', process.execPath, work])
  assert.is(said.toString(), '')
})

test('the name in the dump is the file name of the binary', async () => {
  const code = await bundle('work.ts', 'My-Plugin')
  const program = run(process.execPath, [code, '-dump'])
  assert.is(await program.ended, 0)
  const { SocketPath, Plugins } = JSON.parse(program.out()) as Dump
  assert.is(Plugins[0]!.Name, 'My-Plugin')
  assert.is(SocketPath, '/usr/local/kong/My-Plugin.socket')
})

test.after(stopAll)
test.run()
