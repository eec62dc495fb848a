import type { WorldInput } from '../../../src/fake-kong/world.ts'
import type { Phase } from '../../../src/pdk/phases.ts'
import { entities } from './entities.ts'
import { exitRequest, matrixRequest, tlsRequest, tourRequest } from './http.ts'
import { connection } from './stream.ts'

export interface Recording {
  readonly name: string
  readonly phase: Phase
  readonly world: WorldInput
}

const matrixPlugin = '6cc5e53d-1a04-4ce3-b505-5fee28246cb3'

/** All recordings that the fake is held against, each with its world; times in seconds are when Kong was configured. */
export const recordings: readonly Recording[] = [
  recording('pb-matrix-certificate', 'certificate', tlsRequest, 1795321333),
  recording('mp-matrix-certificate', 'certificate', tlsRequest, 1795321345, matrixPlugin),
  recording('pb-matrix-rewrite', 'rewrite', matrixRequest, 1795321333),
  recording('mp-matrix-rewrite', 'rewrite', matrixRequest, 1795321345, matrixPlugin),
  recording('pb-matrix-access', 'access', matrixRequest, 1795321333),
  recording('mp-matrix-access', 'access', matrixRequest, 1795321345, matrixPlugin),
  recording('pb-matrix-preread', 'preread', connection, 1795321333),
  recording('mp-matrix-preread', 'preread', connection, 1795321345, matrixPlugin),
  recording('pb-tour-rewrite', 'rewrite', tourRequest, 1795321518),
  recording('mp-tour-rewrite', 'rewrite', tourRequest, 1795321523, 'd89b42e9-87c2-46ba-8e61-6db993a9892f'),
  recording('pb-tour-access', 'access', tourRequest, 1795321518),
  recording('mp-tour-access', 'access', tourRequest, 1795321523, '08fb91bf-a82c-4054-89cb-0ffacfea741c'),
  recording('pb-tour-log', 'log', tourRequest, 1795321520),
  recording('mp-tour-log', 'log', tourRequest, 1795321526, 'de0f514c-6a1a-4bc5-a954-f9b569f804bb'),
  recording('pb-exit-from-rewrite', 'rewrite', exitRequest, 1795320115),
  recording('mp-exit-from-rewrite', 'rewrite', exitRequest, 1795320115),
  recording('pb-exit-from-response', 'response', exitRequest, 1795320115),
  recording('mp-exit-from-response', 'response', exitRequest, 1795320115),
  recording('pb-exit-from-log', 'log', exitRequest, 1795320115),
  recording('mp-exit-from-log', 'log', exitRequest, 1795320115),
]

function recording(name: string, phase: Phase, world: WorldInput, at: number, plugin?: string): Recording {
  const node = { ...world.node, ...(plugin !== undefined && { pluginId: plugin }) }
  return { name, phase, world: { ...entities(at), ...world, node } }
}
