const { createPublicKey, verify } = require('node:crypto')

class Crypto {
  constructor(config) {
    this.key = createPublicKey(config.public_key)
  }

  async access(kong) {
    const authorization = (await kong.request.get_header('authorization')) ?? ''
    const subject = verifyToken(authorization.replace(/^Bearer /, ''), this.key)
    if (subject === undefined) await kong.response.exit(401)
    else await kong.service.request.set_header('x-bench-subject', subject)
  }
}

/** The subject of a token that is signed with RS256. */
function verifyToken(token, key) {
  const [head = '', claims = '', signature = ''] = token.split('.')
  if (readPart(head).alg !== 'RS256') return undefined
  const signed = Buffer.from(`${head}.${claims}`)
  return verify('sha256', signed, key, Buffer.from(signature, 'base64url')) ? readPart(claims).sub : undefined
}

function readPart(part) {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

module.exports = {
  Plugin: Crypto,
  Schema: [{ public_key: { type: 'string' } }],
  Version: '1.0.0',
  Priority: 1,
}
