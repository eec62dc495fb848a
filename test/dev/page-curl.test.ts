import { execFileSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RecordedMessage } from '../../src/dev/inspector/record.ts'
import { curlCommand } from '../../src/dev/page/curl.ts'

const address = 'http://127.0.0.1:8000'
const empty = { size: 0, text: '', isCut: false }

function message(changes: Partial<RecordedMessage>): RecordedMessage {
  const headers = [
    ['accept', '*/*'],
    ['user-agent', 'x'],
    ['content-type', 'text/plain'],
  ] as const
  return { method: 'GET', scheme: 'http', url: '/', headers, body: empty, ...changes }
}

/** What curl gets of sh: its arguments, and its input behind them. */
function runInShell(command: string): { args: string[]; input: Buffer } {
  const script = `curl() { printf '%s\\0' "$@"; printf '%s\\0' INPUT; cat; }\n${command}`
  const output = execFileSync('/bin/sh', ['-c', script], { input: '' })
  const at = output.indexOf('INPUT\0')
  return { args: output.subarray(0, at).toString().split('\0').slice(0, -1), input: output.subarray(at + 6) }
}

test('curlCommand: sh gives curl every sign as it was', () => {
  const value = `it's "$HOME" \`id\` \\ ; & | > <\t é`
  const { args } = runInShell(
    curlCommand(message({ url: `/a b?q='$(id)'`, headers: [['x-odd', value]] }), address),
  )
  assert.equal(args, [
    '-i',
    `${address}/a b?q='$(id)'`,
    '-H',
    `x-odd: ${value}`,
    '-H',
    'accept:',
    '-H',
    'user-agent:',
  ])
})

test('curlCommand: a body goes as it is, also one that begins with @', () => {
  const text = "@/etc/passwd\nit's\n"
  const body = { size: 18, text, isCut: false }
  const { args } = runInShell(curlCommand(message({ method: 'POST', body }), address))
  assert.equal(args.slice(-2), ['--data-raw', text])
  assert.equal(args.slice(0, 4), ['-i', '-X', 'POST', `${address}/`])
})

test('curlCommand: bytes that are no text go through base64', () => {
  const bytes = Buffer.from([0, 255, 10, 39, 128])
  const body = { size: 5, base64: bytes.toString('base64'), isCut: false }
  const { args, input } = runInShell(curlCommand(message({ method: 'PUT', body }), address))
  assert.is(args.at(-1), '@-')
  assert.equal(input, bytes)
  const nul = { size: 3, text: 'a\0b', isCut: false }
  assert.is(runInShell(curlCommand(message({ body: nul }), address)).input.toString(), 'a\0b')
})

test('curlCommand: keeps a header without a value, and leaves those of the connection to curl', () => {
  const headers = [
    ['x-empty', ''],
    ['Content-Length', '3'],
    ['Transfer-Encoding', 'chunked'],
  ] as const
  const { args } = runInShell(curlCommand(message({ headers }), address))
  assert.ok(args.includes('x-empty;'))
  assert.not(args.some((word) => /content-length|transfer/i.test(word)))
})

test('curlCommand: HEAD, TLS, brackets and dots in the path each have their option', () => {
  assert.ok(runInShell(curlCommand(message({ method: 'HEAD' }), address)).args.includes('--head'))
  const { args } = runInShell(curlCommand(message({ url: '/a/../b?x[]={1}' }), 'https://127.0.0.1:8443'))
  for (const option of ['--insecure', '--globoff', '--path-as-is']) assert.ok(args.includes(option), option)
})

test.run()
