import { join, resolve } from 'node:path'
import { BuildError } from '../../build/errors.ts'
import { makeFolder } from '../../build/folder.ts'
import type { Progress } from '../../build/progress.ts'
import { handlers as everyHandler, type Handler } from '../client/handlers.ts'
import { buildFloor } from './floor.ts'
import { buildGo } from './go.ts'
import { buildKongPdk } from './kong-pdk.ts'
import { buildOurs } from './ours.ts'
import type { Peer } from './peer.ts'
import { buildPython } from './python.ts'

export type { Peer, Start } from './peer.ts'

export interface PeerRequest {
  /** Gets a folder for each peer. */
  readonly folder: string
  readonly handlers: readonly Handler[]
  readonly progress: Progress
}

const others = {
  'go-pdk': { needs: 'Go 1.21 or newer, and its module proxy', build: buildGo },
  'kong-pdk': { needs: 'npm and its registry', build: buildKongPdk },
  'kong-python-pdk': { needs: 'Python 3.10 or newer with venv, and its package index', build: buildPython },
  floor: { needs: 'a C compiler called cc', build: buildFloor },
} as const

const toStderr: Progress = { report: console.error, step() {} }

/**
 * Builds every peer into a folder of its own; nothing is installed outside of it. Our own comes first. A peer whose
 * tools are not here has `skip` and no handlers.
 */
export async function buildPeers(
  folder: string,
  handlers: readonly Handler[] = everyHandler,
  progress = toStderr,
): Promise<readonly Peer[]> {
  const peers: Peer[] = [await buildOurs(await requestFor('kong-ts-pdk'))]
  for (const [name, { needs, build }] of Object.entries(others)) {
    progress.step(`building ${name}`)
    try {
      peers.push(await build(await requestFor(name)))
    } catch (error) {
      if (!(error instanceof BuildError)) throw error
      peers.push(
        skipped(name, `${name} is left out, as it could not be built (it needs ${needs}): ${error.message}`),
      )
    }
  }
  return peers

  async function requestFor(name: string): Promise<PeerRequest> {
    const own = resolve(join(folder, name))
    await makeFolder(own)
    return { folder: own, handlers, progress }
  }
}

function skipped(name: string, skip: string): Peer {
  return {
    name,
    version: '',
    dialects: [],
    handlers: [],
    skip,
    start() {
      throw new Error(skip)
    },
  }
}
