import { createHash } from 'node:crypto'

/** In hexadecimal, as sha256sum prints it. */
export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
