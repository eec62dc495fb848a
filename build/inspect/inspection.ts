import { readFile, stat } from 'node:fs/promises'
import { BuildError, UsageError } from '../errors.ts'
import type { Executable } from '../executable/facts.ts'
import { readExecutable } from '../executable/read.ts'
import { checkSeal, type Manifest } from '../manifest.ts'
import { sha256 } from '../sha256.ts'
import type { MachOSignature } from '../sign/mach-o-check.ts'
import { readManifest } from './manifest.ts'
import { type Fuse, findNode } from './node.ts'
import { printable } from './printable.ts'
import { remarksOn } from './remarks.ts'
import { readSignature } from './signature.ts'
import { highestVersions } from './versions.ts'

/** What can be known of a binary without running it. `kong-ts inspect --format json` prints exactly this. */
export interface Inspection {
  /** The file as it was named. */
  readonly file: string
  /** In bytes. */
  readonly size: number
  readonly sha256: string
  /** What its headers say: format, system, processor, libc, libraries and where the blob lies. */
  readonly executable: Executable
  /** The highest version that it wants of each family of symbols, as `{ GLIBC: '2.28', GLIBCXX: '3.4.21' }`. */
  readonly highestVersions: Readonly<Record<string, string>>
  /** The version of the Node inside, as `24.21.0`, by its own code; absent where there is none. */
  readonly node?: string
  /** Whether its Node looks for a blob: `set`, `unset`, or `absent` in a file that is no Node. */
  readonly fuse: Fuse
  /** Mach-O only: what its signature says; absent where there is none that holds, and then there is a remark. */
  readonly signature?: MachOSignature
  /** What the build wrote into it; absent in what this kit did not build. */
  readonly manifest?: Manifest
  /** What is missing or does not fit together, a sentence each; empty for a sound binary of this kit. */
  readonly remarks: readonly string[]
}

/** Twice as much as the largest Node with its symbols; Node itself reads no more than 2 GiB at once. */
const largest = 2 ** 30

/** Reads a binary of any of the three formats, on any machine. A damaged one is a BuildError, what is none a UsageError. */
export async function inspectBinary(file: string): Promise<Inspection> {
  const bytes = await readBinary(file)
  try {
    const executable = readExecutable(bytes)
    const { version, fuse } = findNode(bytes, executable.blob)
    const { signature, fault } = readSignature(bytes, executable)
    const manifest = executable.blob === undefined ? undefined : readManifest(blobOf(bytes, executable.blob))
    const facts = {
      file,
      size: bytes.length,
      sha256: sha256(bytes),
      executable,
      highestVersions: highestVersions(executable),
      ...(version === undefined ? {} : { node: version }),
      fuse,
      ...(signature === undefined ? {} : { signature }),
      ...(manifest === undefined ? {} : { manifest }),
    }
    const damaged = manifest !== undefined && checkSeal(bytes) === 'damaged'
    return { ...facts, remarks: remarksOn(facts, fault, damaged) }
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    const sentence = printable(`Cannot inspect ${file}: ${error.message}`)
    throw error instanceof UsageError ? new UsageError(sentence) : new BuildError(sentence)
  }
}

function blobOf(bytes: Buffer, { offset, size }: { offset: number; size: number }): Buffer {
  return bytes.subarray(offset, offset + size)
}

async function readBinary(file: string): Promise<Buffer> {
  const refuse = (why: string) => new UsageError(printable(`Cannot inspect ${file}: ${why}`))
  try {
    const about = await stat(file)
    if (about.isDirectory()) throw refuse('it is a folder: name a binary, as dist/linux-x64/hello')
    if (!about.isFile()) throw refuse('it is not a file but a device, a pipe or a socket: name a binary')
    if (about.size > largest)
      throw refuse(`it has ${about.size} bytes, and no binary has more than ${largest}`)
    return await readFile(file)
  } catch (error) {
    if (error instanceof BuildError) throw error
    throw refuse(reasonOf(error as NodeJS.ErrnoException))
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EACCES') return 'it may not be read by this user'
  return message
}
