import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { definePlugin } from '../../src/plugin/define.ts'
import { adaptGoShape, type GoShape } from '../../src/plugin/go-shape.ts'
import { adaptKongPdkModule } from '../../src/plugin/kong-pdk-module.ts'

/** Past the type checker, as a JavaScript author comes, or one whose build does not run it. */
const define = (definition: object) => () =>
  definePlugin({ version: '1.0.0', access() {}, ...definition } as Parameters<typeof definePlugin>[0])

const codeAndSentence = (code: string, sentence: RegExp) => (error: Error & { code: string }) => {
  assert.is(error.code, code)
  assert.match(error.message, sentence)
  return true
}

for (const [member, value, code, sentence] of [
  ['acess', () => 0, 'UNKNOWN_MEMBER', /"acess".*did you mean "access"\?/],
  ['respnse', () => 0, 'UNKNOWN_MEMBER', /did you mean "response"\?/],
  ['entityCheks', [], 'UNKNOWN_MEMBER', /did you mean "entityChecks"\?/],
  ['wibble', 1, 'UNKNOWN_MEMBER', /there are certificate, rewrite, .*, frameLimit$/],
  ['header_filter', () => 0, 'FILTER_PHASE', /"header_filter".*use response/],
  ['bodyFilter', () => 0, 'FILTER_PHASE', /use response/],
  ['protocol', 'msgpack', 'BAD_MEMBER', /"msgpack" as protocol .* one of ProtoBuf:1, MsgPack:1/],
  ['onError', 'contineu', 'BAD_MEMBER', /one of fail, continue/],
  ['timeLimit', '5s', 'BAD_MEMBER', /"5s" as timeLimit .* a whole number from 1 to 2147483647/],
  ['timeLimit', 0, 'BAD_MEMBER', /whole number/],
  ['idleLimit', 1.5, 'BAD_MEMBER', /whole number/],
  ['frameLimit', Number.POSITIVE_INFINITY, 'BAD_MEMBER', /whole number/],
  ['init', 5, 'BAD_MEMBER', /5 as init .* a function/],
  ['log', 'yes', 'BAD_MEMBER', /"yes" as log .* a function/],
  ['entityChecks', {}, 'BAD_MEMBER', /a list/],
  ['noConsumer', 'yes', 'BAD_MEMBER', /true or false/],
  ['config', 'x', 'BAD_MEMBER', /an object of fields/],
  ['log', function* () {}, 'GENERATOR', /as the log handler: nobody would run its body/],
  ['rewrite', async function* () {}, 'GENERATOR', /as the rewrite handler/],
] as const)
  test(`definePlugin refuses ${member}: ${String(value)}`, () =>
    assert.throws(define({ [member]: value }), codeAndSentence(code, sentence)))

test('definePlugin refuses a plugin without a phase', () =>
  assert.throws(
    define({ access: undefined }),
    codeAndSentence('NO_PHASE', /write one of certificate, rewrite/),
  ))

test('definePlugin takes a member that is undefined for one that is not there', () =>
  assert.not.throws(define({ timeLimit: undefined, init: undefined })))

test('definePlugin takes an instance of a class with members of its own, and refuses its misspelt phases', () => {
  class Base {
    version = '1.0.0'
    cache = new Map()
    access() {}
  }
  class Misspelt extends Base {
    respnse() {}
  }
  class Wrong extends Base {
    get log() {
      return 5
    }
  }
  const take = (plugin: object) => () => definePlugin(plugin as Parameters<typeof definePlugin>[0])
  assert.not.throws(take(new Base()))
  assert.throws(take(new Misspelt()), codeAndSentence('UNKNOWN_MEMBER', /did you mean "response"\?/))
  assert.throws(take(new Wrong()), codeAndSentence('BAD_MEMBER', /5 as log .* a function/))
})

test('the Go shape refuses a misspelt phase, a filter phase, no phase, and a wrong option', () => {
  class Misspelt {
    async acess() {}
    log() {}
  }
  class Filter {
    body_filter() {}
  }
  const adapt =
    (instance: object, options: object = {}) =>
    () =>
      adaptGoShape(() => instance as GoShape, '1.0.0', 1, options)
  assert.throws(adapt(new Misspelt()), codeAndSentence('UNKNOWN_MEMBER', /did you mean "access"\?/))
  assert.throws(adapt(new Filter()), codeAndSentence('FILTER_PHASE', /use response/))
  assert.throws(adapt({ message: 'hello' }), codeAndSentence('NO_PHASE', /without a phase/))
  assert.throws(adapt({ log() {} }, { timeLimit: '5s' }), codeAndSentence('BAD_MEMBER', /timeLimit/))
})

test('the Go shape lets methods be that are no phase, also where their names are a little like one', () => {
  class Config {
    access() {
      return this.accept() + this.respond() + this.logs()
    }
    accept() {
      return 1
    }
    respond() {
      return 1
    }
    logs() {
      return 1
    }
  }
  assert.equal(Object.keys(adaptGoShape(() => new Config(), '1.0.0', 1).phases), ['access'])
})

test('a kong-pdk module with a misspelt phase, or none, is refused', () => {
  class Misspelt {
    async rewirte() {}
    log() {}
  }
  class Empty {}
  assert.throws(
    () => adaptKongPdkModule({ Plugin: Misspelt, Version: '1.0.0' }),
    codeAndSentence('UNKNOWN_MEMBER', /did you mean "rewrite"\?/),
  )
  assert.throws(
    () => adaptKongPdkModule({ Plugin: Empty, Version: '1.0.0' }),
    codeAndSentence('NO_PHASE', /phase/),
  )
})

test.run()
