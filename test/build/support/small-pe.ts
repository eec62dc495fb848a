export interface SmallPe {
  readonly imports?: readonly string[]
  readonly delayed?: readonly string[]
  /** Resources of type RT_RCDATA by their names. */
  readonly resources?: Readonly<Record<string, Buffer>>
  /** What lies behind everything else, as the code of a Node would. */
  readonly data?: Buffer
  readonly machine?: number
  readonly system?: readonly [major: number, minor: number]
  /** Whether it has addresses of 8 bytes (PE32+); else of 4. */
  readonly wide?: boolean
}

const headers = 0x200
const base = 0x1000

/** A program with one section, whose addresses are not its offsets. */
export function peOf(about: SmallPe): Buffer {
  const { machine = 0x8664, system = [10, 0], wide = true } = about
  const section = new SectionWriter()
  const imports = section.add(importTable(section, about.imports ?? [], 20))
  const delayed = section.add(importTable(section, about.delayed ?? [], 32))
  const resources = section.add(resourceTree(section, about.resources ?? {}))
  const resourcesEnd = section.add(Buffer.alloc(0))
  section.add(about.data ?? Buffer.alloc(0))
  const content = section.bytes()
  const file = Buffer.alloc(headers + content.length)
  content.copy(file, headers)
  file.write('MZ')
  file.writeUInt32LE(64, 60)
  file.write('PE\0\0', 64)
  file.writeUInt16LE(machine, 68)
  file.writeUInt16LE(1, 70)
  file.writeUInt16LE(wide ? 240 : 224, 84)
  file.writeUInt16LE(0x22, 86)
  file.writeUInt16LE(wide ? 0x20b : 0x10b, 88)
  file.writeUInt32LE(0x1000, 88 + 32) // alignment in memory
  file.writeUInt32LE(0x200, 88 + 36) // and in the file
  file.writeUInt16LE(system[0], 88 + 48)
  file.writeUInt16LE(system[1], 88 + 50)
  file.writeUInt32LE(headers, 88 + 60)
  file.writeUInt16LE(3, 88 + 68) // console
  const directories = 88 + (wide ? 112 : 96)
  file.writeUInt32LE(16, directories - 4)
  const set = (index: number, address: number, end: number) => {
    file.writeUInt32LE(address, directories + index * 8)
    file.writeUInt32LE(end - address, directories + index * 8 + 4)
  }
  if (about.imports !== undefined) set(1, imports, delayed)
  if (about.delayed !== undefined) set(13, delayed, resources)
  if (about.resources !== undefined) set(2, resources, resourcesEnd)
  const table = directories + 128
  file.write('.rdata', table)
  file.writeUInt32LE(content.length, table + 8)
  file.writeUInt32LE(base, table + 12)
  file.writeUInt32LE(content.length, table + 16)
  file.writeUInt32LE(headers, table + 20)
  file.writeUInt32LE(0x40000040, table + 36)
  return file
}

class SectionWriter {
  #parts: Buffer[] = []
  #end = base

  /** Gives the address where the bytes will be. */
  add(bytes: Buffer): number {
    const address = this.#end
    const padded = Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)])
    this.#parts.push(padded)
    this.#end += padded.length
    return address
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

/** One entry for each DLL, with its name and an empty list of functions, then an empty entry. */
function importTable(section: SectionWriter, libraries: readonly string[], entrySize: 20 | 32): Buffer {
  const functions = section.add(Buffer.alloc(8))
  const nameAt = entrySize === 20 ? 12 : 4
  const entries = libraries.map((library) => {
    const entry = Buffer.alloc(entrySize)
    entry.writeUInt32LE(section.add(Buffer.from(`${library}\0`)), nameAt)
    entry.writeUInt32LE(functions, entrySize === 20 ? 0 : 12)
    entry.writeUInt32LE(functions, 16)
    return entry
  })
  return Buffer.concat([...entries, Buffer.alloc(entrySize)])
}

/** Type 10, then a name each, then the language 1033: offsets count from the tree's start, contents have addresses. */
function resourceTree(section: SectionWriter, resources: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(resources)
  const contents = entries.map(([, content]) => section.add(content))
  const names = 24 + 16 + entries.length * 8
  const languages = names + entries.reduce((size, [name]) => size + 2 + name.length * 2, 0)
  const leaves = languages + entries.length * 24
  const tree = Buffer.alloc(leaves + entries.length * 16)
  tree.writeUInt16LE(1, 14)
  tree.writeUInt32LE(10, 16)
  tree.writeUInt32LE(0x80000000 + 24, 20)
  tree.writeUInt16LE(entries.length, 24 + 12)
  let name = names
  entries.forEach(([text, content], index) => {
    const language = languages + index * 24
    tree.writeUInt32LE(0x80000000 + name, 40 + index * 8)
    tree.writeUInt32LE(0x80000000 + language, 44 + index * 8)
    tree.writeUInt16LE(text.length, name)
    tree.write(text, name + 2, 'utf16le')
    name += 2 + text.length * 2
    tree.writeUInt16LE(1, language + 14)
    tree.writeUInt32LE(1033, language + 16)
    tree.writeUInt32LE(leaves + index * 16, language + 20)
    tree.writeUInt32LE(contents[index] ?? 0, leaves + index * 16)
    tree.writeUInt32LE(content.length, leaves + index * 16 + 4)
  })
  return tree
}
