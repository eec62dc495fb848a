import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'

export interface TokenRules {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly algorithms: readonly string[]
  /** Seconds. */
  readonly clock_skew: number
}

/** A request that is not let through, with the answer to its client. */
export class Refused extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: 400 | 401 | 403 | 503,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

const bareChallenge = { 'www-authenticate': 'Bearer realm="kong"' }

/** The claims of the bearer token in the values of `Authorization`. Throws `Refused` where there is no good one. */
export async function verifyToken(
  authorizations: readonly string[] | undefined,
  keyFor: JWTVerifyGetKey,
  rules: TokenRules,
): Promise<JWTPayload> {
  const [authorization = '', ...more] = authorizations ?? []
  const [, token] = /^bearer +([\w.-]+) *$/i.exec(authorization) ?? []
  if (more.length > 0) throw new Refused(401, 'More than one Authorization found', bareChallenge)
  if (token === undefined) throw new Refused(401, 'No bearer token found in request', bareChallenge)
  try {
    const { payload } = await jwtVerify(token, keyFor, {
      issuer: rules.issuer,
      audience: [...rules.audience],
      algorithms: [...rules.algorithms],
      clockTolerance: rules.clock_skew,
      requiredClaims: ['exp'],
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JOSEError) throw invalidToken(reasonOf(error))
    throw error
  }
}

/** The answer to a token that is not accepted, as RFC 6750 wants it. */
export function invalidToken(message: string): Refused {
  const challenge = `Bearer realm="kong", error="invalid_token", error_description="${message}"`
  return new Refused(401, message, { 'www-authenticate': challenge })
}

/** Words for the client; those of the library may quote the token. */
function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired'
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The claim ${error.claim} of the token is ${error.reason === 'missing' ? 'missing' : 'not accepted'}`
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The algorithm of the token is not accepted'
  if (error instanceof errors.JWKSNoMatchingKey) return 'The key of the token is not known'
  return 'The token is not valid'
}
