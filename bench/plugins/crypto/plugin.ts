import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { definePlugin, s } from 'kong-ts-pdk'

export default definePlugin({
  version: '1.0.0',
  priority: 1,
  config: { public_key: s.string({ required: true }) },
  init: (config) => createPublicKey(config.public_key),
  async access(kong, _config, key) {
    const authorization = (await kong.request.getHeader('authorization')) ?? ''
    const subject = verifyToken(authorization.replace(/^Bearer /, ''), key)
    if (subject === undefined) return kong.response.exit(401)
    kong.service.request.setHeader('x-bench-subject', subject)
  },
})

/** The subject of a token that is signed with RS256. */
function verifyToken(token: string, key: KeyObject): string | undefined {
  const [head = '', claims = '', signature = ''] = token.split('.')
  if (readPart(head).alg !== 'RS256') return undefined
  const signed = Buffer.from(`${head}.${claims}`)
  return verify('sha256', signed, key, Buffer.from(signature, 'base64url')) ? readPart(claims).sub : undefined
}

function readPart(part: string): { alg?: string; sub?: string } {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}
