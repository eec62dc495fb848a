import type { methods } from '../../pdk/methods.ts'
import type { Scene } from '../answer.ts'
import { type AnswersFor, Raised } from '../answer.ts'
import { bodyTable } from '../body.ts'
import { firstHeader } from '../headers.ts'
import { checkCount, checkString } from '../lua.ts'
import { accepted, checkRequest, during } from '../phase-check.ts'

export const serviceResponse = {
  'kong.service.response.get_status': during(accepted.getServiceResponse, (scene) => {
    if (!isBuffered(scene)) checkRequest(scene)
    return scene.world.upstream.response.status
  }),
  'kong.service.response.get_header': during(accepted.getServiceResponse, (scene, [name]) => {
    const wanted = checkString(name, 'name must be a string')
    if (!isBuffered(scene)) checkRequest(scene)
    return firstHeader(scene.world.upstream.response.headers, wanted)
  }),
  // The table of a buffered response answers single names only: as a whole it is empty.
  'kong.service.response.get_headers': during(accepted.getServiceResponse, (scene, [most]) => {
    checkCount(most, 'max_headers')
    if (!isBuffered(scene)) checkRequest(scene)
    return {}
  }),
  'kong.service.response.get_raw_body': during(accepted.getServiceResponse, bufferedBody),
  'kong.service.response.get_body': during(accepted.getServiceResponse, (scene, [type, most]) => {
    const body = bufferedBody(scene)
    return bodyTable({ headers: scene.world.upstream.response.headers, body: () => body }, type, most)
  }),
} satisfies AnswersFor<typeof methods.service.response>

function isBuffered({ world }: Scene): boolean {
  return world.upstream.buffered
}

function bufferedBody(scene: Scene): Buffer {
  if (!isBuffered(scene))
    throw new Raised(
      'service body is only available with buffered proxying (see: kong.service.request.enable_buffering function)',
    )
  return scene.world.upstream.response.body
}
