import { isMembers, type Members } from './json.ts'

export interface EditTexts {
  readonly remove: readonly string[]
  readonly rename: Readonly<Record<string, string | undefined>>
  readonly set: Readonly<Record<string, string | undefined>>
}

/** What is done to a body, in order; each says whether it has changed anything. */
export type Edits = readonly ((body: unknown) => boolean)[]

/** Reads the edits of a configuration. Fails with a sentence for a path or a value that cannot be used. */
export function readEdits({ remove, rename, set }: EditTexts): Edits {
  return [
    ...remove.map((text) => edit('remove', text, removeMember)),
    // What is inside first: its place has another name later.
    ...byDepth(rename)
      .reverse()
      .map(([text, name]) => edit('rename', text, (members, old) => renameMember(members, old, name))),
    ...byDepth(set).map(([text, value]) => {
      checkJson(text, value)
      return edit('set', text, (members, name) => putMember(members, name, JSON.parse(value)))
    }),
  ]
}

/** Edits a body in place, and says whether anything was changed. */
export function applyEdits(body: unknown, edits: Edits): boolean {
  return edits.map((run) => run(body)).includes(true)
}

/** Kong keeps no order in a map. */
function byDepth(map: Readonly<Record<string, string | undefined>>): [string, string][] {
  const depth = (text: string) => text.split('/').length
  return Object.entries(map as Record<string, string>).sort(
    ([one], [other]) => depth(one) - depth(other) || (one < other ? -1 : 1),
  )
}

function edit(
  member: keyof EditTexts,
  text: string,
  change: (members: Members, name: string) => boolean,
): (body: unknown) => boolean {
  const path = readPath(member, text)
  const name = path.pop() as string
  return (body) =>
    membersAt(body, path)
      .map((members) => change(members, name))
      .includes(true)
}

/** A plain name is a member of the whole; what starts with `/` is a JSON Pointer in which `*` is every entry. */
function readPath(member: keyof EditTexts, text: string): string[] {
  const wrong = (why: string) => new Error(`Cannot use ${JSON.stringify(text)} in config.${member}: ${why}`)
  if (!text.startsWith('/')) {
    if (text.includes('/')) throw wrong(`write /${text} for a member inside of others`)
    return [text]
  }
  const parts = text.slice(1).split('/')
  if (parts.at(-1) === '*') throw wrong('its last part has to be the name of a member')
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function checkJson(text: string, value: string): void {
  try {
    JSON.parse(value)
  } catch {
    throw new Error(
      `Cannot read config.set of ${JSON.stringify(text)} as JSON: it is ${value}; a text needs quotes of its own, as "\\"a text\\""`,
    )
  }
}

/** The objects at a path; none where the body is otherwise. */
function membersAt(value: unknown, [first, ...rest]: readonly string[]): Members[] {
  if (first === undefined) return isMembers(value) ? [value] : []
  return entriesAt(value, first).flatMap((inner) => membersAt(inner, rest))
}

function entriesAt(value: unknown, part: string): unknown[] {
  if (Array.isArray(value)) return part === '*' ? value : /^\d+$/.test(part) ? [value[Number(part)]] : []
  if (!isMembers(value)) return []
  if (part === '*') return Object.values(value)
  return Object.hasOwn(value, part) ? [value[part]] : []
}

function removeMember(members: Members, name: string): boolean {
  return Object.hasOwn(members, name) && delete members[name]
}

function renameMember(members: Members, old: string, name: string): boolean {
  if (old === name || !Object.hasOwn(members, old)) return false
  const value = members[old]
  delete members[old]
  return putMember(members, name, value)
}

/** Not by assignment, as `__proto__` would be no member then. */
function putMember(members: Members, name: string, value: unknown): boolean {
  return Reflect.defineProperty(members, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}
