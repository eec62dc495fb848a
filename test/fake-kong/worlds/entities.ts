import type { WorldInput } from '../../../src/fake-kong/world.ts'

const workspace = '0dc6f45b-8f8d-40d2-a504-473544ee190b'
const service = { id: '11111111-1111-4111-8111-111111111111' }

/** What the recorder had configured in Kong, at a time in seconds. */
export function entities(at: number): WorldInput {
  const stamps = { created_at: at, updated_at: at }
  return {
    workspace: { id: workspace, name: 'default' },
    consumers: [
      {
        id: '33333333-3333-4333-8333-333333333333',
        username: 'alice',
        custom_id: 'c-1',
        tags: ['vip'],
        ...stamps,
      },
    ],
    route: {
      ...stamps,
      id: '22222222-2222-4222-8222-222222222222',
      name: 'echo',
      protocols: ['http', 'https'],
      paths: ['~/echo/(?<rest>.*)$', '/echo', '/bin', '/status'],
      tags: ['t1', 't2'],
      path_handling: 'v0',
      regex_priority: 0,
      https_redirect_status_code: 426,
      strip_path: false,
      preserve_host: false,
      request_buffering: true,
      response_buffering: true,
      ws_id: workspace,
      service,
    },
    service: {
      ...stamps,
      ...service,
      name: 'up',
      host: '127.0.0.1',
      port: 19001,
      protocol: 'http',
      tags: ['lab'],
      retries: 0,
      enabled: true,
      connect_timeout: 60000,
      read_timeout: 60000,
      write_timeout: 60000,
      ws_id: workspace,
    },
  }
}
