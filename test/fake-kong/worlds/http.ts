import type { WorldInput } from '../../../src/fake-kong/world.ts'
import { node, secrets } from './node.ts'

// In the order in which they were sent, which a limit of headers goes by.
const first = { 'x-a': '1', 'x-m': ['m1', 'm2'] }
const rest = {
  'content-type': 'application/x-www-form-urlencoded',
  host: '127.0.0.1:18000',
  connection: 'close',
  'transfer-encoding': 'chunked',
}

const request = {
  method: 'POST',
  scheme: 'http' as const,
  host: '127.0.0.1',
  port: 18000,
  path: '/echo/xyz',
  query: 'a=1&flag&b=2&b=3&empty=',
  body: 'hello=1&x=%00',
}

const answer = {
  status: 200,
  headers: {
    'content-type': 'application/json',
    'x-multi': ['one', 'two'],
    'x-up': 'yes',
    'set-cookie': ['a=1', 'b=2'],
  },
  body: '',
}

const common: WorldInput = {
  trustedIps: ['10.9.1.1'],
  captures: { unnamed: ['/echo/xyz', 'xyz'], named: { rest: 'xyz' } },
  upstream: { response: answer },
  vault: secrets,
  node,
}

/** The request of the tours. */
export const tourRequest: WorldInput = {
  ...common,
  request: { ...request, headers: only({ ...first, ...rest }) },
}

/** The request of the matrices, with one header that is no UTF-8 (bytes c3 28 ff 41) and one that is empty. */
export const matrixRequest: WorldInput = {
  ...common,
  request: {
    ...request,
    headers: only({
      ...first,
      'x-bin': '\udcc3(\udcffA',
      'x-empty': '',
      ...rest,
    }),
  },
}

/** The request of the exits: without headers of its own and a body, for a path that no expression matches. */
export const exitRequest: WorldInput = {
  ...common,
  captures: { unnamed: [], named: {} },
  request: {
    ...request,
    method: 'GET',
    path: '/echo',
    query: '',
    body: '',
    headers: only({ host: rest.host, connection: rest.connection }),
  },
}

/** A request over TLS, and what its handshake chose. */
export const tlsRequest: WorldInput = {
  ...matrixRequest,
  request: { ...matrixRequest.request, scheme: 'https', port: 18443 },
  variables: { ssl_protocol: 'TLSv1.3' },
}

/** These headers and none of a plain world. */
function only<H extends Record<string, string | string[]>>(given: H): Record<string, string | string[]> {
  return { 'user-agent': [], accept: [], ...given }
}
