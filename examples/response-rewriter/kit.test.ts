import * as zlib from 'node:zlib'
import { run, start } from 'kong-ts-pdk/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { binaryOf, buildExample } from '../support/binary.ts'
import rewriter from './plugin.ts'

test.before(() => buildExample('response-rewriter'))

const json = { 'content-type': 'application/json' }
const config = { remove: ['secret'], set: { by: '"kong"' } }
const original = '{"secret":"s","name":"zwölf"}'
const rewritten = '{"name":"zwölf","by":"kong"}'

const packings: Record<string, { pack: (text: string) => Buffer; unpack: (bytes: Buffer) => Buffer }> = {
  gzip: { pack: zlib.gzipSync, unpack: zlib.gunzipSync },
  'x-gzip': { pack: zlib.gzipSync, unpack: zlib.gunzipSync },
  deflate: { pack: zlib.deflateSync, unpack: zlib.inflateSync },
  br: { pack: zlib.brotliCompressSync, unpack: zlib.brotliDecompressSync },
}

for (const dialect of ['ProtoBuf:1', 'MsgPack:1'] as const)
  for (const plugin of [rewriter, binaryOf('response-rewriter')]) {
    const where = `${typeof plugin === 'string' ? 'binary' : 'memory'}, ${dialect}`

    test(`response-rewriter: edits plain JSON, with its length, and without the names of the old bytes (${where})`, async () => {
      const headers = { ...json, etag: '"1"', 'accept-ranges': 'bytes', 'x-own': 'kept' }
      const upstream = { status: 203, headers, body: original }
      const { response } = await run(plugin, { dialect, config, upstream })
      assert.equal([response.status, response.text], [203, rewritten])
      assert.is(response.headers['content-length'], String(Buffer.byteLength(rewritten)))
      assert.equal([response.headers.etag, response.headers['accept-ranges']], [undefined, undefined])
      assert.is(response.headers['x-own'], 'kept')
    })

    test(`response-rewriter: a packed body goes out packed in the same way (${where})`, async () => {
      const server = await start(plugin, { dialect })
      for (const [name, { pack, unpack }] of Object.entries(packings)) {
        const upstream = { headers: { ...json, 'content-encoding': name }, body: pack(original) }
        const { response } = await server.run({ config, upstream })
        assert.is(response.headers['content-encoding'], name)
        assert.is(unpack(response.body).toString(), rewritten, name)
        assert.is(response.headers['content-length'], String(response.body.length))
      }
      const raw = { headers: { ...json, 'content-encoding': 'deflate' }, body: zlib.deflateRawSync(original) }
      const { response } = await server.run({ config, upstream: raw })
      assert.is(zlib.inflateSync(response.body).toString(), rewritten)
      await server.close()
    })

    test(`response-rewriter: JSON that it cannot read is refused, or passes where that was chosen (${where})`, async () => {
      const server = await start(plugin, { dialect })
      const bomb = Buffer.alloc(10_000_000, ' ')
      const cases: [encoding: string | undefined, body: string | Buffer, status: number, why: string][] = [
        [undefined, '{"secret":', 200, 'it is not JSON, though its type says so'],
        [undefined, Buffer.from('{"secret":"\xff"}', 'latin1'), 200, 'it is not UTF-8'],
        [undefined, original, 206, 'it is a part of one (206)'],
        [undefined, `"${'x'.repeat(1000)}"`, 200, 'it has more than 1000 bytes: raise max_body_bytes'],
        ['gzip', zlib.gzipSync(bomb), 200, 'it has more than 1000 bytes: raise max_body_bytes'],
        ['deflate', zlib.deflateSync(bomb), 200, 'it has more than 1000 bytes: raise max_body_bytes'],
        ['br', zlib.brotliCompressSync(bomb), 200, 'it has more than 1000 bytes: raise max_body_bytes'],
        ['gzip', original, 200, 'it cannot be unpacked as gzip: incorrect header check'],
        [
          'gzip',
          zlib.gzipSync(original).subarray(0, -9),
          200,
          'it cannot be unpacked as gzip: unexpected end',
        ],
        ['zstd', original, 200, 'it is packed as zstd, and only gzip, deflate and br are known'],
        ['gzip, br', original, 200, 'it is packed as gzip, br, and only gzip, deflate and br are known'],
      ]
      for (const [encoding, body, status, why] of cases) {
        const headers = { ...json, etag: '"1"', ...(encoding ? { 'content-encoding': encoding } : {}) }
        const upstream = { status, headers, body: Buffer.from(body) }
        const limited = { ...config, max_body_bytes: 1000 }
        const { response, logs } = await server.run({ config: limited, upstream })
        assert.is(response.status, 502, why)
        assert.equal(JSON.parse(response.text), { message: 'The answer of the service cannot be passed on' })
        assert.equal([response.headers['content-encoding'], response.headers.etag], [undefined, undefined])
        assert.is(logs[0]?.level, 'err')
        assert.match(logs[0]?.text ?? '', `Cannot rewrite the answer of the service: ${why}`)
        const passed = await server.run({ config: { ...limited, unreadable: 'pass' }, upstream })
        assert.is(passed.response.status, status)
        assert.ok(passed.response.body.equals(Buffer.from(body)))
        assert.is(passed.response.headers.etag, '"1"')
        assert.is(passed.logs[0]?.level, 'warn')
      }
      await server.close()
    })

    test(`response-rewriter: what is no JSON, a stream, empty or not to change passes byte for byte (${where})`, async () => {
      const server = await start(plugin, { dialect })
      for (const [type, body] of [
        ['text/html', original],
        ['text/event-stream', `data: ${original}\n\n`],
        ['application/x-ndjson', `${original}\n${original}\n`],
        ['application/stream+json', `${original}\n${original}\n`],
        ['application/json', ''],
      ] as const) {
        const upstream = { headers: { 'content-type': type, etag: '"1"' }, body }
        const { response } = await server.run({ config, upstream })
        assert.equal([response.status, response.text, response.headers.etag], [200, body, '"1"'], type)
      }
      const spaced = { headers: { ...json, etag: '"1"' }, body: '{ "name" : 1.0 }' }
      const { response } = await server.run({ config: { remove: ['secret'] }, upstream: spaced })
      assert.equal([response.text, response.headers.etag], [spaced.body, '"1"'])
      await server.close()
    })

    test(`response-rewriter: an answer whose body Kong cannot give does not get out (${where})`, async () => {
      const { response } = await run(plugin, {
        dialect,
        config,
        upstream: { headers: json, body: original },
        fault: { raise: 'kong.service.response.get_raw_body' },
      })
      assert.is(response.status, 500)
      assert.not.match(response.text, 'secret')
    })
  }

async function textOf(edits: object, body: string): Promise<string> {
  return (await run(rewriter, { config: edits, upstream: { headers: json, body } })).response.text
}

test('response-rewriter: JSON is known by its type, however that is written', async () => {
  for (const type of [
    'Application/JSON',
    'application/json\t; charset=utf-8',
    'application/hal+json',
    'application/json,text/html',
  ])
    assert.is(
      (await run(rewriter, { config, upstream: { headers: { 'content-type': type }, body: original } }))
        .response.text,
      rewritten,
      type,
    )
})

test('response-rewriter: a pointer finds members inside of lists and objects, and * is each of them', async () => {
  const body = '{"a":[{"x":1,"y":2},{"x":3},4],"b":{"c":{"x":5},"d":{"x":6}},"x":7,"s/t":8,"~":9}'
  assert.is(await textOf({ remove: ['/a/*/x'] }, body), body.replace('"x":1,', '').replace('"x":3', ''))
  assert.is(await textOf({ remove: ['/a/1/x'] }, body), body.replace('"x":3', ''))
  assert.is(await textOf({ remove: ['/b/*/x'] }, body), body.replace('"x":5', '').replace('"x":6', ''))
  assert.is(
    await textOf({ remove: ['/s~1t', '/~0', '/b/x', '/x/x'] }, body),
    body.replace(',"s/t":8,"~":9', ''),
  )
  assert.is(await textOf({ remove: ['/*/x'] }, '[{"x":1},{"y":2}]'), '[{},{"y":2}]')
})

test('response-rewriter: removes, then renames from the inside, then sets from the outside', async () => {
  const edits = {
    remove: ['gone'],
    rename: { '/a': 'b', '/a/x': 'y' },
    set: { '/c/d': '[1]', c: '{}', '/b/y': 'null', '/none/here': '1' },
  }
  assert.is(await textOf(edits, '{"gone":1,"a":{"x":1},"b":2}'), '{"b":{"y":null},"c":{"d":[1]}}')
})

test('response-rewriter: what one answer was given does not show in the next', async () => {
  const server = await start(rewriter, {})
  const edits = { set: { c: '{}', '/c/d': '1' }, rename: { x: 'y' } }
  for (const _ of [1, 2]) {
    const { response } = await server.run({ config: edits, upstream: { headers: json, body: '{"x":1}' } })
    assert.is(response.text, '{"y":1,"c":{"d":1}}')
  }
  await server.close()
})

test('response-rewriter: __proto__ and inherited names are members as others are, or none', async () => {
  const edits = { remove: ['toString'], rename: { from: '__proto__' }, set: { by: '1' } }
  assert.is(await textOf(edits, '{"from":{"a":1}}'), '{"__proto__":{"a":1},"by":1}')
  assert.is(
    await textOf({ remove: ['/__proto__/a'] }, '{"__proto__":{"a":1,"b":2}}'),
    '{"__proto__":{"b":2}}',
  )
})

test('response-rewriter: an edit that cannot be used refuses every request, with its reason', async () => {
  const server = await start(rewriter, {})
  for (const [edits, why] of [
    [{ remove: ['a/b'] }, 'Cannot use "a/b" in config.remove: write /a/b for a member inside of others'],
    [
      { remove: ['/a/*'] },
      'Cannot use "/a/*" in config.remove: its last part has to be the name of a member',
    ],
    [
      { set: { by: 'kong' } },
      'Cannot read config.set of "by" as JSON: it is kong; a text needs quotes of its own',
    ],
  ] as const) {
    const { response, logs } = await server.run({ config: edits as object })
    assert.is(response.status, 500)
    assert.match(logs.map(({ text }) => text).join('\n'), why)
  }
  await server.close()
})

// In memory it is the Node of the test that runs the plugin: up to version 21 it has no JSON.rawJSON.
test('response-rewriter: numbers that JavaScript cannot hold keep their digits in the binary', async () => {
  const upstream = { headers: json, body: '{"id":12345678901234567890,"price":1.10,"secret":1}' }
  const edits = { remove: ['secret', '/id/rawJSON', '/*/rawJSON'] }
  const { response } = await run(binaryOf('response-rewriter'), { config: edits, upstream })
  assert.is(response.text, '{"id":12345678901234567890,"price":1.10}')
})

test.run()
