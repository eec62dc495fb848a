// A collector of batches as a process of its own, to be killed and started again: it writes each batch to a file
// before it answers. Arguments: port, file, and after how many batches it dies between the two.
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const [port, file = '', dies = 'never'] = process.argv.slice(2)
let batches = 0

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const events: unknown = JSON.parse(Buffer.concat(parts).toString())
    appendFileSync(file, `${JSON.stringify({ key: request.headers['idempotency-key'], events })}\n`)
    if (String(++batches) === dies) process.kill(process.pid, 'SIGKILL')
    else response.end()
  })
})

server.listen(Number(port), '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
