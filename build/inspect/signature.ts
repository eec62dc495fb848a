import { BuildError } from '../errors.ts'
import type { Executable } from '../executable/facts.ts'
import { type MachOSignature, verifyMachO } from '../sign/mach-o-check.ts'

export interface SignatureFacts {
  /** What the signature says, where every page is the one that was signed. */
  readonly signature?: MachOSignature
  /** Why there is none that holds, as a sentence without its full stop. */
  readonly fault?: string
}

/** The signature of a Mach-O file, which macOS on Apple's processors asks for; nothing of other files. */
export function readSignature(bytes: Buffer, { format }: Executable): SignatureFacts {
  if (format !== 'mach-o') return {}
  try {
    return { signature: verifyMachO(bytes) }
  } catch (error) {
    if (error instanceof BuildError) return { fault: error.message }
    throw error
  }
}
