import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { type Block, type Checked, problemIn } from './block.ts'

/** Requests and responses through Node's own parser, each over a connection that only has its bytes. */
export async function checkHttp(blocks: readonly Block[], root: string): Promise<Checked> {
  const problems = []
  const ways: Record<string, number> = {}
  for (const block of blocks) {
    const way = `read by Node's parser${isSent(block, root) ? ', and sent and compared by the test of its example' : ''}`
    ways[way] = (ways[way] ?? 0) + 1
    const mistake = await (block.code.startsWith('HTTP/') ? readResponse : readRequest)(bytesOf(block.code))
    if (mistake !== undefined) {
      const text = `Cannot read the block of http: ${mistake}; write a first line, headers, an empty line and the body`
      problems.push(problemIn(block, text))
    }
  }
  return { ways, problems }
}

/** Whether a test asks the plugin of the example as its README shows it. */
function isSent({ file }: Block, root: string): boolean {
  const [, example] = /^examples\/([\w-]+)\/README\.md$/.exec(file) ?? []
  if (example === undefined) return false
  const folder = join(root, 'examples', example)
  const own = readdirSync(folder).filter((name) => name.endsWith('.test.ts'))
  const holds = (path: string, words: RegExp) => existsSync(path) && words.test(readFileSync(path, 'utf8'))
  return (
    own.some((name) => holds(join(folder, name), new RegExp(`(exchangeOf|shownBy)\\('${example}'\\)`))) ||
    holds(join(root, 'test/docs/examples.test.ts'), new RegExp(`'${example}'`))
  )
}

/** As it goes over a connection, with the length of what is shown. */
function bytesOf(code: string): string {
  const [head = '', ...rest] = code.trimEnd().split('\n\n')
  const body = rest.join('\n\n')
  const lines = head
    .split('\n')
    .filter((line) => !/^(content-length|transfer-encoding|connection):/i.test(line))
  const host =
    code.startsWith('HTTP/') || lines.some((line) => /^host:/i.test(line)) ? [] : ['host: shop.example']
  return `${[...lines, ...host, `content-length: ${Buffer.byteLength(body)}`, 'connection: close'].join('\r\n')}\r\n\r\n${body}`
}

function readRequest(bytes: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((incoming) => incoming.resume().on('end', () => resolve(undefined)))
    server.on('clientError', (error) => resolve(error.message))
    server.emit('connection', connectionWith(bytes))
  })
}

function readResponse(bytes: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    request({ createConnection: () => connectionWith(bytes) })
      .on('response', (incoming) => incoming.resume().on('end', () => resolve(undefined)))
      .on('error', (error) => resolve(error.message))
      .end()
  })
}

function connectionWith(bytes: string): Duplex {
  const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  connection.push(bytes)
  connection.push(null)
  return connection
}
