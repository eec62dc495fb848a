// Several plugins in one real binary: each answers by its name, and one process serves them all.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeManifest } from '../../build/manifest.ts'
import { buildPlugins } from '../../build/pipeline.ts'
import { findTarget } from '../../build/targets.ts'
import { named } from '../../examples/support/peer.ts'
import { ProtobufPeer } from '../../examples/support/protobuf-peer.ts'
import { buildsHere, quiet } from './support/small-binary.ts'
import { temporaryFolder } from './support/temporary.ts'

const here = buildsHere ? test : test.skip
const out = temporaryFolder()
const pack = join(out, 'linux-x64', 'pack')
const target = findTarget('linux-x64')
const examples = ['hello', 'key-guard', 'transform', 'hello-go-shape']
const plugins = examples.map((name) => ({ name, file: `examples/${name}/plugin.ts` }))

test.before(async () => {
  if (!buildsHere) return
  await buildPlugins({ target, binaries: [{ name: 'pack', plugins }], out, progress: quiet })
  for (const name of examples) symlinkSync('pack', join(out, 'linux-x64', name))
})

here('a bundle names each of its plugins in its manifest', () => {
  const manifest = decodeManifest(readFileSync(pack))
  assert.is(manifest?.name, 'pack')
  assert.equal(
    manifest?.plugins.map(({ name }) => name),
    examples,
  )
  assert.equal(manifest?.plugins[1]?.phases, ['access'])
})

here('a bundle dumps one plugin: by a symlink, by -plugin, and by its name alone', () => {
  for (const name of examples) {
    const ways = [[join(out, 'linux-x64', name)], [pack, '-plugin', name], [pack, name]]
    for (const [program = '', ...args] of ways) {
      const dump = JSON.parse(execFileSync(program, [...args, '-dump'], { env: {}, encoding: 'utf8' }))
      assert.equal(
        dump.Plugins.map(({ Name }: { Name: string }) => Name),
        [name],
      )
    }
  }
})

here('a bundle dumps nothing where no plugin is chosen, or one that it lacks', () => {
  for (const args of [['-dump'], ['nobody', '-dump'], ['-plugin', 'nobody', '-dump']]) {
    const { status, stdout, stderr } = spawnSync(pack, args, { env: {}, encoding: 'utf8' })
    assert.equal([status, stdout], [2, ''])
    for (const name of examples) assert.match(stderr, name)
  }
})

here('a bundle serves all plugins from one process on one socket', async () => {
  const prefix = temporaryFolder()
  const child = spawn(pack, ['-kong-prefix', prefix], { env: {}, stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = new Promise((end) => child.on('close', end))
  const socket = join(prefix, 'pack.socket')
  while (!existsSync(socket)) await setTimeout(5)
  const peer = new ProtobufPeer(socket)
  const [hello, goShape] = [
    await peer.startInstance('hello', { message: 'hi' }),
    await peer.startInstance('hello-go-shape', { message: 'moin' }),
  ]
  assert.is.not(hello, goShape)
  const said = async (instance: number) => {
    const { calls } = await peer.handleEvent(instance, 'access', {
      'kong.request.get_header': named({ host: 'a.example' }),
    })
    return calls.at(-1)?.args[1]
  }
  assert.equal(await Promise.all([said(hello), said(goShape)]), [
    'TypeScript says hi to a.example',
    'TypeScript says moin to a.example',
  ])
  peer.end()
  child.kill('SIGTERM')
  assert.is(await ended, 0)
})

here(
  'a bundle of plugins that speak different protocols, or are not called as their files, is refused',
  async () => {
    const folder = temporaryFolder()
    const write = (file: string, options: string) => {
      writeFileSync(
        join(folder, file),
        `import { definePlugin } from 'kong-ts-pdk'\nexport default definePlugin({ version: '1.0.0', log() {}, ${options} })\n`,
      )
      return { file: join(folder, file), name: file.replace('.ts', '') }
    }
    const refusal = (...members: { file: string; name: string }[]) =>
      buildPlugins({ target, binaries: [{ name: 'both', plugins: members }], out, progress: quiet }).then(
        () => 'nothing',
        (error: Error) => error.message,
      )
    const [a, b, c] = [write('a.ts', ''), write('b.ts', "protocol: 'MsgPack:1'"), write('c.ts', "name: 'A'")]
    assert.match(
      await refusal(a, b),
      /a\.ts wants ProtoBuf:1, \S+b\.ts wants MsgPack:1: set the same protocol/,
    )
    assert.match(await refusal(a, c), /c\.ts is called "c" by its path and "A" by its definition/)
    assert.not.ok(existsSync(resolve(out, 'linux-x64', 'both')))
  },
)

test.run()
