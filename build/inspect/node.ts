/** `set` where Node looks for a blob in itself, `unset` where it starts as a plain Node, `absent` where there is no Node. */
export type Fuse = 'set' | 'unset' | 'absent'

const fuseName = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:'
/** What Node answers to a debugger that asks who it is: this, and its version. */
const selfName = 'node.js/v'
/** A Node says each once. */
const mostPlaces = 100

/** The Node in a binary. Its blob is left aside, as a plugin's code may say anything. */
export function findNode(
  bytes: Buffer,
  blob: { readonly offset: number; readonly size: number } | undefined,
): { readonly version?: string; readonly fuse: Fuse } {
  const parts =
    blob === undefined ? [bytes] : [bytes.subarray(0, blob.offset), bytes.subarray(blob.offset + blob.size)]
  const fuses = parts.flatMap((part) => following(part, fuseName, 1)).filter((state) => /[01]/.test(state))
  const versions = parts
    .flatMap((part) => following(part, selfName, 40))
    .flatMap((text) => /^\d+\.\d+\.\d+(-[\w.]+)?/.exec(text)?.[0] ?? [])
  const [version, another] = new Set(versions)
  return {
    ...(version === undefined || another !== undefined ? {} : { version }),
    fuse: fuses.includes('1') ? 'set' : fuses.includes('0') ? 'unset' : 'absent',
  }
}

/** The characters behind each place of a text. */
function following(bytes: Buffer, text: string, count: number): string[] {
  const found: string[] = []
  for (let at = bytes.indexOf(text); at >= 0 && found.length < mostPlaces; at = bytes.indexOf(text, at + 1))
    found.push(bytes.toString('latin1', at + text.length, at + text.length + count))
  return found
}
