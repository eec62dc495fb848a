import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findTarget, hostPlatform, platforms } from '../../build/targets.ts'
import { commandsOf } from './support/markdown.ts'

const page = readFileSync('docs/binaries.md', 'utf8')
const here = hostPlatform() === 'linux-x64' ? test : test.skip

/** What each command of the page must print: a missing one fails, and so does one that is not on the page. */
const prints: Readonly<Record<string, RegExp>> = {
  'node bin/kong-ts.mjs build examples/hello --platform linux-arm64,win-x64 --json':
    /"file": "dist\/linux-arm64\/hello"[\s\S]*"file": "dist\/win-x64\/hello\.exe"/,
  'node bin/kong-ts.mjs build examples/hello examples/key-guard --bundle pack': /^dist\/linux-x64\/pack: /,
  'dist/linux-x64/pack hello -dump': /"Plugins":\[\{"Name":"hello"/,
  'dist/linux-x64/pack -plugin key-guard -dump': /"Plugins":\[\{"Name":"key-guard"/,
  'dist/linux-x64/pack -help': /^ *pluginserver_hello_start_cmd = \/usr\/local\/bin\/pack$/m,
  'node bin/kong-ts.mjs inspect dist/linux-x64/hello': /^libc +glibc$/m,
  'node bin/kong-ts.mjs inspect dist/linux-x64/hello --sbom': /"bomFormat": "CycloneDX"/,
  'node bin/kong-ts.mjs check dist/linux-x64/hello --platform linux-x64 --kong 3.9':
    /^No incompatibilities found!$/m,
  'node bin/kong-ts.mjs smoke dist/linux-x64/hello': /^\[OK\] STOP/m,
}

test('binaries.md: every command has a test here', () => {
  assert.equal(commandsOf(page), Object.keys(prints))
})

for (const [command, expected] of Object.entries(prints))
  here(`binaries.md: ${command}`, () => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
    assert.is(status, 0, stderr)
    assert.match(stdout, expected)
  })

here('binaries.md: the lines for kong.conf are those of -help', () => {
  const { stdout } = spawnSync('dist/linux-x64/pack', ['-help'], { encoding: 'utf8' })
  const [, lines = ''] = /```ini\n(.*?)```/s.exec(page) ?? []
  assert.ok(lines.length > 100)
  for (const line of lines.trim().split('\n')) assert.ok(stdout.includes(line), line)
})

test('binaries.md: the table of platforms has their Nodes', () => {
  for (const platform of platforms) {
    const { version, format, signature } = findTarget(platform)
    const kind = { elf: 'ELF', 'mach-o': 'Mach-O', pe: 'PE' }[format]
    assert.match(
      page,
      new RegExp(`^\\| ${platform} \\| ${version} \\| ${kind}[^|]*\\| ${signature} \\|`, 'm'),
    )
  }
})

test('binaries.md: every link leads somewhere', () => {
  const links = [...page.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path]) => path ?? '')
  assert.equal(
    links.filter((path) => !existsSync(`docs/${path}`)),
    [],
  )
})

test.run()
