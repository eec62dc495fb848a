import { bundleForDev, type DevBundle, writeDevBundle } from '../../../build/dev-bundle.ts'
import { BuildError } from '../../../build/errors.ts'
import { nameOf } from '../../../build/name.ts'
import { sha256 } from '../../../build/sha256.ts'
import type { Executable, Origin } from './origin.ts'

/** A plugin's file: it is bundled, and Node runs the bundle. */
export function sourceOrigin(file: string, isDebugged: boolean): Origin {
  const name = nameOf(file)
  const sources = new Map<string, string>()
  return {
    async read() {
      const { outcome, files, folders } = await bundleForDev({ plugin: { file, name }, isDebugged })
      if (outcome instanceof BuildError) return { outcome, files, folders }
      for (const [source, path] of outcome.sources) sources.set(source, path)
      return { outcome: executableOf(outcome, name), files, folders }
    },
    resolveSource: (source) => sources.get(source),
  }
}

function executableOf(bundle: DevBundle, name: string): Executable {
  const file = `${name}.cjs`
  return {
    // Where only comments were saved the positions in stacks are others.
    id: sha256(Buffer.from(bundle.code + bundle.map)),
    program: process.execPath,
    names: [name],
    warnings: bundle.warnings,
    async place(folder) {
      await writeDevBundle(bundle, folder, file)
      return [file]
    },
  }
}
