// Requests that ended otherwise than most.
import { plain } from './page-records.ts'

/** A handler that looked at all there is, and threw where it had begun to answer. */
export const exited = plain(15, {
  url: '/closed',
  status: 401,
  failed: true,
  plugins: ['guard'],
  response: {
    status: 401,
    headers: [
      ['content-length', '2'],
      ['www-authenticate', 'Key'],
      ['server', 'kong/3.9.1'],
    ],
    body: { size: 2, text: 'no', isCut: false },
    source: 'exit',
  },
  handlers: [
    {
      plugin: 'guard',
      phase: 'access',
      release: 1,
      at: 0.4,
      took: 1.2,
      end: 'exited',
      calls: [
        {
          method: 'kong.response.exit',
          args: [401, 'no', { 'WWW-Authenticate': 'Key' }],
          result: JSON.stringify({ request: { size: 1, uri: `/closed?${'x'.repeat(200)}` } }),
          at: 0.9,
          took: 0.3,
          trip: 1,
        },
      ],
    },
  ],
  failures: [{ plugin: 'guard', phase: 'access', message: 'Error: no', frames: [] }],
})

/** Two frames over a WebSocket. */
export const frames = plain(16, {
  kind: 'websocket',
  url: '/chat',
  status: 101,
  came: {
    method: 'GET',
    scheme: 'http',
    url: '/chat',
    headers: [],
    body: { size: 8, base64: 'gYIAAAAAaGk=', isCut: false },
  },
  response: {
    status: 101,
    headers: [],
    body: { size: 4, base64: 'gQJoaQ==', isCut: false },
    source: 'service',
  },
})
