import { join, relative, resolve, sep } from 'node:path'

/**
 * What a file is called inside a binary, so that neither the machine nor the place of the kit shows there: the kit's own
 * files by the kit's name, by which stacks leave them out; packages by their place in node_modules; all else as the
 * author knows it, seen from the project.
 */
export function sourceNamer(project: string, kit: string): (path: string) => string {
  return (path) => {
    const inKit = relative(kit, path).split(sep).join('/')
    const ofPackage = /(?:^|\/)(node_modules\/.*)$/.exec(inKit)?.[1]
    if (!inKit.startsWith('../') && ofPackage === undefined && (project !== kit || inKit.startsWith('src/')))
      return `kong-ts-pdk/${inKit}`
    const own = relative(project, path).split(sep).join('/')
    return /(?:^|\/)(node_modules\/.*)$/.exec(own)?.[1] ?? own.replace(/^(\.\.\/)+/, '')
  }
}

/** A source map with these names, without the folder that it was written to. */
export function nameSources(map: string, folder: string, nameOf: (path: string) => string): string {
  const parsed = JSON.parse(map) as { sources: string[] }
  const sources = parsed.sources.map((source) => nameOf(resolve(folder, decodeURI(source))))
  return JSON.stringify({ ...parsed, sources })
}

/**
 * The code with these names where esbuild writes paths, seen from `folder`: in comments before each module, as names of
 * modules that are evaluated later, and above licences. All begin their line, so that the map's columns still fit.
 */
export function nameModules(
  code: string,
  folder: string,
  inputs: Iterable<string>,
  nameOf: (path: string) => string,
): string {
  const names = new Map([...inputs].map((input) => [input, nameOf(join(folder, input))]))
  return code
    .split('\n')
    .map((line) => {
      const [, before = '', path = '', behind = ''] = /^(\s*(?:\/\/ |")?)(.+?)(:|"\(.*|)$/.exec(line) ?? []
      const name = names.get(unescaped(path))
      return name === undefined ? line : before + escaped(name) + behind
    })
    .join('\n')
}

/** esbuild writes ASCII only, with the escapes of JavaScript. */
function unescaped(path: string): string {
  return path.replace(/\\(?:x(..)|u(....)|(.))/g, (_all, two?: string, four?: string, one?: string) => {
    const code = two ?? four
    return code === undefined ? (one ?? '') : String.fromCharCode(Number.parseInt(code, 16))
  })
}

function escaped(name: string): string {
  return name.replace(/["\\]|[^ -~]/g, (sign) =>
    /["\\]/.test(sign) ? `\\${sign}` : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
