import type { Phase } from '../pdk/phases.ts'
import { type Answer, Raised, type Scene } from './answer.ts'

/** The phases that Kong's own functions name, in the order in which its errors list them, with their numbers. */
const kongPhases = {
  init_worker: 0x1,
  certificate: 0x2,
  client_hello: 0x8,
  rewrite: 0x10,
  access: 0x20,
  balancer: 0x40,
  response: 0x80,
  cluster_listener: 0x100,
  header_filter: 0x200,
  body_filter: 0x400,
  log: 0x2000,
  preread: 0x4000,
  error: 0x1000000,
  admin_api: 0x10000000,
} as const
type KongPhase = keyof typeof kongPhases

/** What Kong keeps in `ngx.ctx.KONG_PHASE`. */
export function phaseNumber(phase: Phase): number {
  return kongPhases[phase]
}

/** The sets of phases that Kong's functions accept. */
export const accepted = {
  access: ['access'],
  bodyFilter: ['body_filter'],
  certificate: ['certificate'],
  clientHello: ['client_hello'],
  log: ['log'],
  request: [
    'rewrite',
    'access',
    'balancer',
    'response',
    'cluster_listener',
    'header_filter',
    'body_filter',
    'log',
    'error',
    'admin_api',
  ],
  requestBody: ['rewrite', 'access', 'response', 'error', 'admin_api'],
  afterRouting: ['access', 'response', 'header_filter', 'body_filter', 'log'],
  setResponse: ['rewrite', 'access', 'balancer', 'response', 'header_filter', 'error', 'admin_api'],
  getResponse: ['response', 'header_filter', 'body_filter', 'log', 'error', 'admin_api'],
  getServiceResponse: ['response', 'header_filter', 'body_filter', 'log'],
  setRequest: ['rewrite', 'access'],
  setRequestOrTarget: ['rewrite', 'access', 'balancer'],
  connect: ['rewrite', 'access', 'balancer', 'preread'],
  streamConnect: ['balancer', 'preread'],
  clientCertificate: ['rewrite', 'access', 'balancer', 'response', 'log'],
  verifyClient: ['rewrite', 'access', 'balancer', 'response'],
  serializeValue: ['rewrite', 'access', 'response', 'header_filter', 'body_filter', 'log'],
} as const satisfies Record<string, readonly KongPhase[]>

/** An answer that is given in these phases only. */
export function during(phases: readonly KongPhase[], answer: Answer): Answer {
  return (scene, args) => {
    checkPhase(scene.phase, phases)
    return answer(scene, args)
  }
}

export function checkPhase(phase: Phase, phases: readonly KongPhase[]): void {
  if (phases.includes(phase)) return
  throw new Raised(`function cannot be called in ${phase} phase (only in: ${phases.join(', ')})`)
}

/**
 * The log phase runs in a timer and certificate before any request: nginx refuses there what belongs to a request, for
 * functions too that accept the phase.
 */
export function checkRequest({ phase }: Scene): void {
  if (phase === 'certificate' || phase === 'log') throw new Raised('API disabled in the current context')
}

/** An answer that reads nginx's request. */
export function live(answer: Answer): Answer {
  return (scene, args) => {
    checkRequest(scene)
    return answer(scene, args)
  }
}
