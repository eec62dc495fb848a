import type { methods } from '../../pdk/methods.ts'
import type { AnswersFor } from '../answer.ts'

export const router = {
  'kong.router.get_route': ({ world }) => world.route,
  'kong.router.get_service': ({ world }) => world.service,
} satisfies AnswersFor<typeof methods.router>
