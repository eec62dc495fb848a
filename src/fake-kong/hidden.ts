import { type Answer, Raised } from './answer.ts'
import { accepted, during } from './phase-check.ts'

const never: Answer = () => undefined

/** What is called is found, and is no function. */
const noFunction = (type: string) => () => {
  throw new Raised(`attempt to call local 'method' (a ${type} value)`)
}

/**
 * Names that MsgPack:1 finds in Kong, and that no plugin server can use: each raises. Without a row, as no kit offers
 * them.
 */
export const hidden: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['kong.response.get_raw_body', during(accepted.bodyFilter, never)],
  ['kong.response.set_raw_body', during(accepted.bodyFilter, never)],
  ['kong.client.tls.disable_http2_alpn', during(accepted.clientHello, never)],
  [
    'kong.service.set_target_retry_callback',
    during(accepted.access, raising('retry_callback must be a function')),
  ],
  ['kong.service.set_tls_cert_key', during(accepted.connect, raising('chain must be a parsed cdata object'))],
  [
    'kong.service.set_tls_verify_store',
    during(accepted.connect, raising('argument must be a resty.openssl.x509.store object')),
  ],
  ['kong.configuration', noFunction('table')],
  ['kong.configuration.prefix', noFunction('string')],
  ['kong.version', noFunction('string')],
  ['kong.version_num', noFunction('number')],
  ['kong.db.consumers.select', raising("attempt to index local 'self' (a nil value)")],
  ['kong.cache.get', raising("attempt to index field 'mlcache' (a nil value)")],
])

function raising(words: string): Answer {
  return () => {
    throw new Raised(words)
  }
}
