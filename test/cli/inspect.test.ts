import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inspectCommand } from '../../src/cli/commands/inspect.ts'
import { sample } from '../build/support/manifest.ts'
import { buildsHere } from '../build/support/small-binary.ts'
import { seaOf } from '../build/support/small-sea.ts'
import { temporaryFolder } from '../build/support/temporary.ts'

const guard = join(temporaryFolder(), 'guard')
writeFileSync(guard, seaOf('elf', { node: '24.21.0', fuse: '1', manifest: sample }))

const hello = 'dist/linux-x64/hello'
const withBinary = buildsHere ? test : test.skip

test('inspectCommand prints text without options', async () => {
  const lines = await inspect(guard)
  assert.is(lines[0], guard)
  assert.ok(lines.includes('symbols       GLIBC 2.28, GLIBCXX 3.4.21'))
  assert.ok(lines.includes('  functions  kong.request.get_header, kong.response.exit'))
  assert.equal(
    lines.filter((line) => line.length > 96),
    [],
  )
})

test('inspectCommand prints one JSON document with --format json', async () => {
  const document = JSON.parse((await inspect(guard, '--format', 'json')).join('\n'))
  assert.equal(Object.keys(document), [
    ...['file', 'size', 'sha256', 'executable', 'highestVersions', 'node', 'fuse', 'manifest', 'remarks'],
  ])
  assert.equal(document.manifest, sample)
})

test('inspectCommand prints the same bill of materials each time with --sbom', async () => {
  const lines = await inspect(guard, '--sbom')
  assert.equal(await inspect('--sbom', guard), lines)
  const { bomFormat, metadata, components } = JSON.parse(lines.join('\n'))
  assert.is(bomFormat, 'CycloneDX')
  assert.is(metadata.component.name, 'guard')
  assert.is(components.length, 7)
})

test('inspectCommand refuses a format that it does not have, and both kinds of output at once', async () => {
  for (const args of [['--format', 'xml'], ['--sbom', '--format', 'json'], []]) {
    const error = await inspect(...args, ...(args.length === 0 ? [] : [guard])).catch(
      (error: unknown) => error,
    )
    assert.instance(error, CommanderError)
    assert.not.equal((error as CommanderError).exitCode, 0)
  }
})

withBinary(`inspectCommand says of ${hello} what its -dump says, without running it`, async () => {
  const { executable, fuse, manifest, remarks, node, size, sha256 } = JSON.parse(
    (await inspect(hello, '--format', 'json')).join('\n'),
  )
  const { Protocol, Plugins } = JSON.parse(execFileSync(hello, ['-dump'], { encoding: 'utf8' }))
  assert.equal(
    manifest.plugins.map(({ name, version, priority, phases, protocol, schema }: typeof manifest) => ({
      ...{ name, version, priority, phases, protocol, schema },
    })),
    Plugins.map(({ Name, Version, Priority, Phases, Schema }: (typeof Plugins)[0]) => ({
      ...{
        name: Name,
        version: Version,
        priority: Priority,
        phases: Phases,
        protocol: Protocol,
        schema: Schema,
      },
    })),
  )
  assert.equal(manifest.plugins[0].pdk, ['kong.request.get_header', 'kong.response.set_header'])
  assert.equal(remarks, [])
  assert.is(fuse, 'set')
  assert.is(`${executable.os}-${executable.arch} ${executable.libc}`, 'linux-x64 glibc')
  assert.is(execFileSync('sha256sum', [hello], { encoding: 'utf8' }).slice(0, 64), sha256)
  assert.is(node, manifest.node)
  assert.ok(size > executable.blob.offset + executable.blob.size)
})

const withReadelf = buildsHere && spawnSync('readelf', ['--version']).status === 0 ? test : test.skip
withReadelf(`inspectCommand says of ${hello} what readelf says`, async () => {
  const { executable } = JSON.parse((await inspect(hello, '--format', 'json')).join('\n'))
  const said = readelf('-d', '-l')
  assert.equal(
    executable.libraries,
    [...said.matchAll(/Shared library: \[(.*)\]/g)].map(([, name]) => name),
  )
  assert.is(executable.interpreter, /program interpreter: (.*)\]/.exec(said)?.[1])
  const notes = readelf('-n')
  assert.is(executable.blob.size, Number(/NODE_SEA_BLOB\s+(0x[0-9a-f]+)/.exec(notes)?.[1]))
})

test.run()

/** It ends with 1, as a stripped file has no section table, but says all. */
function readelf(...args: string[]): string {
  return spawnSync('readelf', ['-W', ...args, hello], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout
}

/** What the command prints. */
async function inspect(...args: string[]): Promise<string[]> {
  const lines: string[] = []
  const never = () => assert.unreachable('the command reports nothing and never fails by itself')
  const terminal = { print: (line: string) => lines.push(line), report: never, step: never, fail: never }
  const command = inspectCommand(terminal)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  await command.parseAsync(args, { from: 'user' })
  return lines
}
