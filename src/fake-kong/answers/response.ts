import type { methods } from '../../pdk/methods.ts'
import type { AnswersFor } from '../answer.ts'
import { addHeader, bytesOf, firstHeader, headerName, headerTable, setHeader, setHeaders } from '../lua.ts'
import type { World } from '../world.ts'

export const response = {
  'kong.response.get_status': ({ world }) => world.response.status,
  'kong.response.get_header': ({ world }, [name]) => firstHeader(world.response.headers, name),
  // In the log phase all saved headers come, whatever the limit.
  'kong.response.get_headers': ({ world, phase }, [most]) =>
    headerTable(world.response.headers, phase === 'log' ? 1000 : most),
  'kong.response.get_source': ({ world }) => world.response.source,
  'kong.response.set_status': ({ world }, [status]) => {
    world.response.status = Number(status)
  },
  'kong.response.set_header': ({ world }, [name, value]) => setHeader(world.response.headers, name, value),
  'kong.response.add_header': ({ world }, [name, value]) => addHeader(world.response.headers, name, value),
  'kong.response.clear_header': ({ world }, [name]) => {
    delete world.response.headers[headerName(name)]
  },
  'kong.response.set_headers': ({ world }, [headers]) => setHeaders(world.response.headers, headers),
  'kong.response.exit': ({ world }, args) => leave(world, 'exit', args),
  'kong.response.error': ({ world }, [status, message, headers]) =>
    leave(world, 'error', [status, typeof message === 'object' ? message : { message }, headers]),
} satisfies AnswersFor<typeof methods.response>

function leave(
  { response }: World,
  source: 'exit' | 'error',
  [status, body, headers]: readonly unknown[],
): void {
  const isTable = typeof body === 'object' && body !== null && !(body instanceof Uint8Array)
  response.status = Number(status)
  response.body = isTable ? Buffer.from(JSON.stringify(body)) : bytesOf(body)
  response.source = source
  if (isTable) setHeader(response.headers, 'content-type', 'application/json; charset=utf-8')
  if (headers !== undefined) setHeaders(response.headers, headers)
}
