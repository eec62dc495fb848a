import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileRegex } from '../../src/dev/router/regex.ts'

test("compileRegex: named groups may be written as PCRE's and Rust's", () => {
  assert.equal({ ...compileRegex('/(?P<a>x)/(?<b>y)').exec('/x/y')?.groups }, { a: 'x', b: 'y' })
})

test('compileRegex: flags at the beginning count for all', () => {
  assert.ok(compileRegex('(?i)/ABC', '^').test('/abc'))
  assert.not(compileRegex('/ABC', '^').test('/abc'))
  assert.ok(compileRegex('/(?i)ABC', '^').test('/abc'))
  assert.throws(() => compileRegex('(?x)/a'), /flags \(\?x\)/)
})

test('compileRegex: classes of POSIX and anchors of the text', () => {
  assert.ok(compileRegex('\\A/[[:digit:]_]+\\z').test('/1_2'))
  assert.not(compileRegex('\\A/[[:digit:]_]+\\z').test('/1_2a'))
  assert.throws(() => compileRegex('[[:^digit:]]'), /not supported/)
})

test('compileRegex: what Rust refuses is refused', () => {
  assert.throws(() => compileRegex('/a(?=b)'), /look-around/)
  assert.throws(() => compileRegex('/(?<!a)b'), /look-around/)
  assert.throws(() => compileRegex('/(a)\\1'), /backreferences/)
  assert.throws(() => compileRegex('/a\\Z'), /unrecognized escape sequence \\Z/)
  assert.throws(() => compileRegex('/a('), /Unterminated group/)
})

test('compileRegex: an escaped bracket begins no group', () => {
  assert.ok(compileRegex('/a\\(?b\\?=c', '^').test('/a(b?=c'))
})

test.run()
