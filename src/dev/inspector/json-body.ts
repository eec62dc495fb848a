import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { reason } from '../../errors.ts'
import { Refused } from './refused.ts'

/** In bytes. */
const largest = 10_000_000

/** The body of a request of the page; throws Refused where it is too large, or no JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request)
  if (!isUtf8(bytes)) throw new Refused(400, 'The body is not UTF-8')
  try {
    return JSON.parse(bytes.toString())
  } catch (error) {
    throw new Refused(400, `The body is not JSON: ${reason(error)}`)
  }
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size <= largest) return void chunks.push(chunk)
      chunks.length = 0
      request.off('data', take)
      reject(tooLarge())
    }
    if (Number(request.headers['content-length'] ?? 0) > largest) return reject(tooLarge())
    request.on('data', take)
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('close', () => reject(new Refused(400, 'The body did not come to its end')))
  })
}

/** What is left of the body is not waited for: the connection cannot be used again. */
function tooLarge(): Refused {
  return new Refused(413, `The body is larger than ${largest.toLocaleString('en-US')} bytes`, {
    connection: 'close',
  })
}
