import type { WorldInput } from '../../../src/fake-kong/world.ts'
import { node, secrets } from './node.ts'

/** A connection to the stream listener, which has an id of its own. */
export const connection: WorldInput = {
  subsystem: 'stream',
  client: { protocol: 'tcp' },
  request: { port: 18010 },
  trustedIps: ['10.9.1.1'],
  vault: secrets,
  node: { ...node, id: '21187140-eaff-4cd0-88d9-028f38ac2fd3' },
}
