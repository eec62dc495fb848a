import { BuildError } from '../errors.ts'

/** Numbers and texts at places that the file itself names: a place outside of it is a sentence, not a RangeError. */
export interface FileBytes {
  readonly length: number
  u16(at: number): number
  u32(at: number): number
  /** Rounded above 2^53, where no file reaches. */
  u64(at: number): number
  /** The text up to the next NUL. */
  text(at: number): string
  slice(at: number, size: number): Buffer
}

// Names of libraries, symbols' versions and interpreters; without a limit, many names could share one long text.
const longestText = 4096

export function openBytes(bytes: Buffer, order: 'little' | 'big' = 'little'): FileBytes {
  const little = order === 'little'
  const slice = (at: number, size: number): Buffer => {
    if (!(at >= 0 && size >= 0 && at + size <= bytes.length)) throw outside(at + size, bytes.length)
    return bytes.subarray(at, at + size)
  }
  const u32 = (at: number): number => {
    const four = slice(at, 4)
    return little ? four.readUInt32LE() : four.readUInt32BE()
  }
  return {
    length: bytes.length,
    slice,
    u32,
    u16: (at) => (little ? slice(at, 2).readUInt16LE() : slice(at, 2).readUInt16BE()),
    u64: (at) => (little ? u32(at) + u32(at + 4) * 2 ** 32 : u32(at) * 2 ** 32 + u32(at + 4)),
    text: (at) => {
      const rest = slice(at, Math.max(0, Math.min(longestText, bytes.length - at)))
      const end = rest.indexOf(0)
      if (end < 0) throw new BuildError(`it is damaged: the name at byte ${at} has no end`)
      return rest.toString('utf8', 0, end)
    },
  }
}

/** The refusal of a file that ends before `end`. */
export function outside(end: number, length: number): BuildError {
  return new BuildError(`it was cut or is damaged: it has ${length} bytes, but its headers name byte ${end}`)
}
