import type { methods } from '../../pdk/methods.ts'
import type { AnswersFor } from '../answer.ts'
import { accepted, during } from '../phase-check.ts'

export const router = {
  'kong.router.get_route': during(accepted.afterRouting, ({ world }) => world.route),
  'kong.router.get_service': during(accepted.afterRouting, ({ world }) => world.service),
} satisfies AnswersFor<typeof methods.router>
