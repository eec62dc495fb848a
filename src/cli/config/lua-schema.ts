import { BuildError } from '../../../build/errors.ts'
import type { ManifestPlugin } from '../../../build/manifest.ts'
import { comment } from './comments.ts'

/** The plugin's schema as the `schema.lua` that a control plane and Konnect take. */
export function writeLuaSchema({ name, version, priority, schema }: ManifestPlugin): string[] {
  return [
    ...comment(
      `schema.lua of ${name} ${version}, for what keeps configurations and runs no plugins. Konnect: upload it as the schema of a custom plugin. A control plane of your own: kong/plugins/${name}/schema.lua in a folder of lua_package_path, beside a handler.lua of one line:`,
      '-- ',
    ),
    `--   return { VERSION = ${luaString(version)}, PRIORITY = ${priority} }`,
    ...comment(
      'Data planes have the binary. Upload a new schema before a binary that has more fields.',
      '-- ',
    ),
    `return ${luaOf(schema, '')}`,
  ]
}

const nested = '  '

/** A JSON value as a Lua expression; Lua has one empty table for `[]` and `{}`. */
function luaOf(value: unknown, indent: string): string {
  if (typeof value === 'string') return luaString(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object' || value === null)
    throw new BuildError(
      `Cannot write the schema as Lua: ${String(value)} stands in it, which a table cannot hold`,
    )
  const items = Array.isArray(value)
    ? value.map((item) => luaOf(item, indent + nested))
    : Object.entries(value).map(([key, item]) => `${luaKey(key)} = ${luaOf(item, indent + nested)}`)
  if (items.length === 0) return '{}'
  const line = `{ ${items.join(', ')} }`
  if (line.length <= 80 && !line.includes('\n')) return line
  return `{\n${items.map((item) => `${indent}${nested}${item},\n`).join('')}${indent}}`
}

const reserved = new Set(
  'and break do else elseif end false for function goto if in local nil not or repeat return then true until while'.split(
    ' ',
  ),
)

function luaKey(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) && !reserved.has(key) ? key : `[${luaString(key)}]`
}

function luaString(text: string): string {
  const escaped = text.replace(/[\\"]|\p{Cc}/gu, (char) =>
    char === '\\' || char === '"' ? `\\${char}` : escapeOf(char),
  )
  return `"${escaped}"`
}

/** A control character as its bytes: Lua 5.1 has no escape for a code point. */
function escapeOf(char: string): string {
  return [...Buffer.from(char)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')
}
