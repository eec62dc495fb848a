// What `make demo` shows: the built hello plugin in the local gateway, one request, and the header that it set.
// In a terminal the gateway stays, for requests of your own; elsewhere the demo ends by itself.
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { binaryOf } from './support/binary.ts'

const kongTs = fileURLToPath(new URL('../bin/kong-ts.mjs', import.meta.url))

try {
  await demo(binaryOf('hello'))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function demo(binary: string): Promise<void> {
  if (!existsSync(binary))
    throw new Error(`Cannot show ${binary}: it is not built; run make demo, which builds it`)
  const ports = await freePorts({ '--port': 8000, '--tls-port': 8443, '--page-port': 8001 })
  print(`$ npx kong-ts dev ${binary}`)
  const gateway = spawn(process.execPath, [kongTs, 'dev', binary, ...ports])
  const lines = createInterface({ input: gateway.stdout })
  let complaint = ''
  gateway.stderr.on('data', (text) => {
    complaint += text
  })
  const ended = new Promise<void>((resolve) => gateway.on('close', () => resolve()))
  try {
    const { Gateway: address, Page: page } = await startLines(lines, ended)
    if (address === undefined || page === undefined)
      throw new Error(`The gateway did not start: ${complaint.trim()}`)
    lines.on('line', print)
    const header = await request(`${address.split(' ')[0]}/orders?page=2`)
    print(`Header    ${header}`)
    if (process.stdin.isTTY && process.stdout.isTTY) await stay(page)
    else print(`Page      was at ${page}; in a terminal it stays until Ctrl-C`)
  } finally {
    gateway.kill('SIGTERM')
    await ended
  }
}

/** The port of each flag, or any free one where another program has it. */
async function freePorts(wanted: Readonly<Record<string, number>>): Promise<string[]> {
  const flags: string[] = []
  for (const [flag, port] of Object.entries(wanted)) flags.push(flag, String((await isFree(port)) ? port : 0))
  return flags
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** The lines that it prints when it starts, by their first word. */
async function startLines(lines: Interface, ended: Promise<void>): Promise<Record<string, string>> {
  const said: Record<string, string> = {}
  await new Promise<void>((resolve) => {
    const take = (line: string) => {
      print(line)
      const [word = ''] = line.split(/\s+/, 1)
      said[word] = line.slice(word.length).trim()
      if (word !== 'Page') return
      lines.off('line', take)
      resolve()
    }
    lines.on('line', take)
    void ended.then(resolve)
  })
  return said
}

/** One request with curl; gives the line of the plugin's header. */
async function request(url: string): Promise<string> {
  const args = ['--silent', '--show-error', '--include', '--header', 'Host: shop.example', url]
  print()
  print(`$ curl --include --header 'Host: shop.example' '${url}'`)
  const { stdout } = await promisify(execFile)('curl', args).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT' ? 'The demo sends its request with curl: install it' : error.message,
    )
  })
  print(stdout.trimEnd())
  print()
  const header = stdout.split('\r\n').find((line) => /^x-hello-from-ts:/i.test(line))
  if (header === undefined) throw new Error('The plugin set no header x-hello-from-ts')
  return header
}

async function stay(page: string): Promise<void> {
  print(`Look at ${page}, send other requests, and press Ctrl-C at the end`)
  await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()))
}

function print(line = ''): void {
  console.log(line)
}
