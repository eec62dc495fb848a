// `make sizes`: what the binaries below a folder weigh as they are, and as layers of an image or a download carry them.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, fetchNode } from '../build/node-binary.ts'
import { run } from '../build/process.ts'
import { findTarget, hostPlatform } from '../build/targets.ts'

const [root = 'dist'] = process.argv.slice(2)
const files = readdirSync(root).flatMap((platform) =>
  readdirSync(join(root, platform)).map((name) => join(platform, name)),
)

// zlib of Node 20, which may run this, has no zstd: the Node of the binaries has.
const target = findTarget(hostPlatform())
const progress = { report: console.error, step() {} }
const node = await fetchNode({ target, version: target.version, cache: cacheFolder(), progress })
const measure = `const zlib = require('node:zlib'), bytes = require('node:fs').readFileSync(process.argv[1])
console.log(JSON.stringify([bytes, zlib.gzipSync(bytes), zlib.zstdCompressSync(bytes)].map((all) => all.length)))`

console.log(row(['', 'raw MB', 'gzip MB', 'zstd MB']))
for (const file of files) {
  const { stdout } = await run(node, ['-e', measure, join(root, file)])
  const sizes: number[] = JSON.parse(stdout)
  console.log(row([file, ...sizes.map((size) => (size / 1e6).toFixed(1))]))
}

function row([name = '', ...cells]: string[]): string {
  return name.padEnd(26) + cells.map((cell) => cell.padStart(9)).join('')
}
