import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileLuaPattern, LuaError } from '../../src/schema/lua-pattern.ts'

// pattern, texts in which Lua 5.1 finds it, texts in which it does not: from the reference manual, §5.4.1
const cases: [pattern: string, found: string[], absent: string[]][] = [
  ['abc', ['abc', 'xabcx'], ['ab', 'ABC', '']],
  ['', ['', 'x'], []],
  ['^abc', ['abcd'], ['xabc']],
  ['abc$', ['xabc'], ['abcd']],
  ['^$', [''], ['x']],
  ['a^b', ['a^b'], ['ab']],
  ['a$b', ['a$b'], ['ab']],
  ['a.c', ['abc', 'a.c', 'a\nc'], ['ac']],
  ['^..$', ['ab', 'é'], ['a', 'éé']],
  ['%.', ['a.b'], ['ab']],
  ['^%a+$', ['abc', 'ABC'], ['', 'a1', 'é']],
  ['^%d+$', ['123'], ['12a', '']],
  ['^%l+$', ['abc'], ['aB']],
  ['^%u+$', ['GET'], ['Get']],
  ['^%w+$', ['a1B'], ['a_b']],
  ['^%x+$', ['09afAF'], ['g']],
  ['^%s+$', [' \t\n\v\f\r'], ['\u00a0', 'x']],
  ['^%p+$', ['!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'], ['a', '0', ' ']],
  ['^%c+$', ['\u0000\u001f\u007f'], [' ', 'a']],
  ['^%g+$', ['!~a0'], [' ', '\u007f']],
  ['%z', ['a\u0000b'], ['ab', '0']],
  ['^%D+$', ['abc'], ['a1']],
  ['^%A$', ['1'], ['a']],
  ['%q', ['q'], ['%']],
  ['^[abc]+$', ['cab'], ['cabd']],
  ['^[^abc]+$', ['xyz'], ['xaz', '']],
  ['^[a-c]+$', ['abc'], ['d', '-']],
  ['^[a-]+$', ['a-'], ['b']],
  ['^[-a]+$', ['-a'], ['b']],
  ['^[]]$', [']'], ['[']],
  ['^[^]]$', ['['], [']']],
  ['^[%]]$', [']'], ['%']],
  ['^[%a_]+$', ['a_b'], ['a-b']],
  ['^[%w%-%.]+$', ['a-b.c'], ['a_b', 'a%b']],
  ['^[\\d]+$', ['d\\'], ['1']],
  ['^a*$', ['', 'aaa'], ['b']],
  ['^a+$', ['a', 'aa'], ['']],
  ['^a?b$', ['b', 'ab'], ['aab']],
  ['^a-b$', ['b', 'aab'], ['a']],
  ['^.*b$', ['aab', 'b'], ['ba']],
  ['^.-b', ['aabab'], ['aaa']],
  ['**', ['', 'x**'], []],
  ['^*$', ['*'], ['', '**']],
  ['^a|b$', ['a|b'], ['a', 'b']],
  ['^a{2}$', ['a{2}'], ['aa']],
  ['^(a)(b)%2%1$', ['abba'], ['abab']],
  ['(["\']).-%1', ['x="a"', "'b'"], ['"a\'']],
  ['^(a*(.)%w(%s*))$', ['aabc  '], ['-']],
  ['^(ab)+$', ['ab+'], ['abab', 'ab']],
  ['^()a', ['a'], ['b']],
  ['^%b()$', ['(a(b)c)', '()'], ['(a', '(a))', 'a()']],
  ['%bxx', ['xax'], ['x']],
  ['%f[%w]%w+', ['THE (quick)'], ['()']],
  ['%f[%d]1', ['a1'], ['21']],
  ['end%f[%z]', ['the end'], ['ending']],
  ['^\\d+$', ['\\d', '\\ddd'], ['123', 'ddd']],
]

for (const [pattern, found, absent] of cases) {
  test(`compileLuaPattern matches as Lua does: ${pattern}`, () => {
    const matches = compileLuaPattern(pattern)
    for (const text of found) assert.is(matches(text), true, JSON.stringify(text))
    for (const text of absent) assert.is(matches(text), false, JSON.stringify(text))
  })
}

const malformed: [pattern: string, message: string][] = [
  ['[', "malformed pattern (missing ']')"],
  ['[]', "malformed pattern (missing ']')"],
  ['[^]', "malformed pattern (missing ']')"],
  ['[a', "malformed pattern (missing ']')"],
  ['[a%]', "malformed pattern (missing ']')"],
  ['%', "malformed pattern (ends with '%')"],
  ['abc%', "malformed pattern (ends with '%')"],
  ['(', 'unfinished capture'],
  ['(a', 'unfinished capture'],
  [')', 'invalid pattern capture'],
  ['(a))', 'invalid pattern capture'],
  ['%1', 'invalid capture index'],
  ['(a%1)', 'invalid capture index'],
  ['(a)%2', 'invalid capture index'],
  ['%b', 'unbalanced pattern'],
  ['%bx', 'unbalanced pattern'],
  ['%fa', "missing '[' after '%f' in pattern"],
  ['()'.repeat(33), 'too many captures'],
]

for (const [pattern, message] of malformed) {
  test(`compileLuaPattern raises what Lua raises: ${pattern}`, () => {
    assert.throws(
      () => compileLuaPattern(pattern),
      (error: unknown) => error instanceof LuaError && error.message === message,
    )
  })
}

test.run()
