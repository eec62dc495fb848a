import type { methods } from '../../pdk/methods.ts'
import type { AnswersFor } from '../answer.ts'
import { bodyTable } from '../body.ts'
import { firstHeader } from '../lua.ts'

export const serviceResponse = {
  'kong.service.response.get_status': ({ world }) => world.upstream.response.status,
  'kong.service.response.get_header': ({ world }, [name]) =>
    firstHeader(world.upstream.response.headers, name),
  // Kong keeps these headers for none of the phases that a plugin may ask for them in.
  'kong.service.response.get_headers': () => ({}),
  'kong.service.response.get_raw_body': ({ world }) => world.upstream.response.body,
  'kong.service.response.get_body': ({ world }, [type, most]) =>
    bodyTable(world.upstream.response, type, most),
} satisfies AnswersFor<typeof methods.service.response>
