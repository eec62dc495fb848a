import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readArguments } from '../../src/server/arguments.ts'
import { helpText } from '../../src/server/help.ts'
import { bare } from '../support/server.ts'
import { bundle, run, stopAll } from './support/program.ts'

const defaults = {
  command: 'serve',
  plugin: undefined,
  prefix: '/usr/local/kong',
  socket: undefined,
  socketMode: 0o600,
  protocol: undefined,
  metrics: undefined,
  logLevel: 'debug',
  logFormat: 'text',
}

test('readArguments without flags serves in the default prefix', () => {
  assert.equal(readArguments([]), defaults)
})

test('readArguments takes flags with one dash, two dashes, a space or an equals sign', () => {
  for (const argv of [
    ['-kong-prefix', '/k'],
    ['--kong-prefix', '/k'],
    ['-kong-prefix=/k'],
    ['--kong-prefix=/k'],
  ])
    assert.equal(readArguments(argv), { ...defaults, prefix: '/k' }, argv.join(' '))
  for (const argv of [['-dump'], ['--dump'], ['-dump', '-kong-prefix', '/usr/local/kong']])
    assert.equal(readArguments(argv), { ...defaults, command: 'dump' }, argv.join(' '))
})

test('readArguments takes every flag at once', () => {
  assert.equal(
    readArguments(['-socket', '/s', '-socket-mode', '0660', '-protocol=MsgPack:1', '--kong-prefix=/a=b']),
    { ...defaults, prefix: '/a=b', socket: '/s', socketMode: 0o660, protocol: 'MsgPack:1' },
  )
  assert.is(readArguments(['-socket-mode=666']).socketMode, 0o666)
})

test('readArguments reads where metrics are served', () => {
  assert.equal(readArguments(['-metrics', '127.0.0.1:9542']).metrics, { host: '127.0.0.1', port: 9542 })
  assert.equal(readArguments(['-metrics=[::1]:80']).metrics, { host: '::1', port: 80 })
  assert.equal(readArguments(['-metrics', '/run/m.sock']).metrics, { path: '/run/m.sock' })
})

test('readArguments takes the last of a flag that comes twice', () => {
  assert.is(readArguments(['-socket', '/a', '-socket', '/b']).socket, '/b')
})

test('readArguments takes true and false in all of Go’s words, the last of a flag', () => {
  for (const word of ['1', 't', 'T', 'TRUE', 'true', 'True'])
    for (const flag of ['-dump', '--dump', '-health', '-version', '-help'])
      assert.is(readArguments([`${flag}=${word}`]).command, flag.replace(/^-+/, ''))
  for (const word of ['0', 'f', 'F', 'FALSE', 'false', 'False']) {
    assert.is(readArguments([`-dump=${word}`]).command, 'serve')
    assert.is(readArguments([`--health=${word}`, '-version']).command, 'version')
    assert.is(readArguments(['-dump', `-dump=${word}`]).command, 'serve')
    assert.is(readArguments([`-dump=${word}`, '-dump']).command, 'dump')
    assert.is(readArguments(['-h', `-h=${word}`]).command, 'serve')
  }
})

test('readArguments puts help before version before dump', () => {
  assert.is(readArguments(['-help', '-dump', '-version']).command, 'help')
  assert.is(readArguments(['-version', '-dump']).command, 'version')
  assert.is(readArguments(['-h']).command, 'help')
})

test('readArguments takes the name of a plugin as a flag and as a word, or both when they agree', () => {
  for (const argv of [
    ['-plugin', 'hello', '-dump'],
    ['--plugin=hello', '-dump'],
    ['-dump', '-plugin=hello'],
    ['hello', '-dump'],
    ['-dump', 'hello'],
    ['-plugin', 'hello', 'hello', '-dump'],
  ])
    assert.equal(readArguments(argv), { ...defaults, command: 'dump', plugin: 'hello' }, argv.join(' '))
})

test('readArguments refuses what it does not know in one sentence', () => {
  const refused: [argv: string[], sentence: RegExp][] = [
    [['-nonsense'], /-nonsense/],
    [['--nonsense=1'], /--nonsense/],
    [['-x'], /-x/],
    [['one', 'two'], /"one" and "two" are named where one plugin is due/],
    [['-plugin', 'one', 'two'], /"one" and "two"/],
    [['-plugin'], /plugin/],
    [['-kong-prefix'], /kong-prefix/],
    [['-kong-prefix', '-dump'], /kong-prefix/],
    [['-kong-prefix='], /-kong-prefix takes a path, not an empty text/],
    [['-socket', ''], /-socket takes a path, not an empty text/],
    [['-socket-mode', '660x'], /-socket-mode takes three octal digits such as 0660, not "660x"/],
    [['-socket-mode', '0888'], /-socket-mode takes three octal digits/],
    [['-socket-mode', '1777'], /-socket-mode takes three octal digits/],
    [['-protocol', 'protobuf'], /-protocol takes ProtoBuf:1 or MsgPack:1, not "protobuf"/],
    [
      ['-metrics', '9542'],
      /-metrics takes an address such as 127.0.0.1:9542, or the path of a socket, not "9542"/,
    ],
    [['-metrics=localhost:70000'], /not "localhost:70000"/],
    [['-log-level', 'loud'], /-log-level takes error, warn, info or debug, not "loud"/],
    [['-log-format=xml'], /-log-format takes text or json, not "xml"/],
    [['-dump=yes'], /: -dump takes true or false, not "yes"\./],
    [['--health='], /: -health takes true or false, not ""\./],
    [['-metrics='], /-metrics takes an address such as .*, not ""/],
    [['-metrics', ':9542'], /not ":9542"/],
    [['-workers', '-socket', '/s'], /: -workers is followed by a flag where its value is due\./],
  ]
  for (const [argv, sentence] of refused) {
    const error = (() => {
      try {
        return readArguments(argv)
      } catch (thrown) {
        return thrown
      }
    })()
    assert.instance(error, Error, argv.join(' '))
    const { message } = error as Error
    assert.match(message, sentence)
    assert.match(message, /^Cannot read the flags: [^\n]+\. -help lists them all$/, argv.join(' '))
  }
})

function helpOf(name: string, version: string): string {
  const plugin = { ...bare({ version }), name }
  return helpText({ name, plugins: [{ file: name, load: () => plugin }] }, [plugin])
}

test('helpText names the binary, its socket and every flag', () => {
  const text = helpOf('my-plugin', '1.2.3')
  assert.match(text, /^my-plugin 1\.2\.3 is a plugin server for Kong Gateway/)
  assert.match(text, /PATH\/my-plugin\.socket/)
  for (const flag of ['-dump', '-kong-prefix', '-socket', '-socket-mode', '-protocol', '-version', '-help'])
    assert.ok(text.includes(`  ${flag} `), flag)
})

test('a binary answers -help and -version on stdout with exit code 0', async () => {
  const code = await bundle('work.ts', 'my-plugin')
  const help = run(process.execPath, [code, '-help'])
  const version = run(process.execPath, [code, '--version'])
  assert.is(await help.ended, 0)
  assert.is(help.out(), helpOf('my-plugin', '1.2.3'))
  assert.is(await version.ended, 0)
  assert.match(version.out(), /^my-plugin 1\.2\.3 \(kong-ts-pdk \d+\.\d+\.\d+, Node v\d+\.\d+\.\d+\)\n$/)
})

test('a binary answers wrong flags with one line on stderr, nothing on stdout and exit code 2', async () => {
  const code = await bundle('work.ts')
  for (const argv of [['-nonsense'], ['-socket-mode', 'abc'], ['-protocol', 'HTTP'], ['-dump', 'more']]) {
    const program = run(process.execPath, [code, ...argv])
    assert.is(await program.ended, 2, argv.join(' '))
    assert.is(program.out(), '')
    assert.match(program.errors(), /^error: Cannot read the flags: [^\n]+\n$/)
  }
})

test.after(stopAll)
test('readArguments: a worker is one of as many as its parent has started, whatever auto is by now', () => {
  const { workers } = readArguments(['-worker-slot=1/99', '-workers', 'auto', '-worker-timeout=5'])
  assert.equal(workers, { count: 99, timeout: 5000, slot: 1 })
})

test.run()
