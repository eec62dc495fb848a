import { readFileSync } from 'node:fs'
import { methods } from '../../src/pdk/methods.ts'
import type { Row } from '../../src/pdk/row.ts'

/** One function as an author calls it, with its row. */
export interface Entry {
  /** `kong.request.getHeader`; a callable namespace has the path of the namespace. */
  readonly path: string
  readonly row: Row
}

export function everyRow(): Entry[] {
  return rowsIn(methods, 'kong')
}

function rowsIn(nodes: object, path: string): Entry[] {
  return Object.entries(nodes).flatMap(([name, node]: [string, object]) => {
    const inner = name === 'self' ? path : `${path}.${name}`
    return 'phases' in node ? [{ path: inner, row: node as Row }] : rowsIn(node, inner)
  })
}

/** Where the namespaces are written. */
const files: readonly [file: string, path: string][] = [
  ['client', 'kong.client'],
  ['cluster', 'kong.cluster'],
  ['ctx', 'kong.ctx'],
  ['enterprise-edition', 'kong.enterpriseEdition'],
  ['ip', 'kong.ip'],
  ['log', 'kong.log'],
  ['nginx', 'kong.nginx'],
  ['node', 'kong.node'],
  ['plugin', 'kong.plugin'],
  ['request', 'kong.request'],
  ['response', 'kong.response'],
  ['router', 'kong.router'],
  ['service', 'kong.service'],
  ['service-request', 'kong.service.request'],
  ['service-response', 'kong.service.response'],
  ['table', 'kong.table'],
  ['telemetry', 'kong.telemetry'],
  ['vault', 'kong.vault'],
]

/** The doc comment of every function, by path, read from the sources: its text without stars. */
export function everyDoc(): Map<string, string> {
  return new Map(files.flatMap(([file, path]) => docsIn(sourceOf(file), path)))
}

function sourceOf(file: string): string {
  return readFileSync(new URL(`../../src/pdk/methods/${file}.ts`, import.meta.url), 'utf8')
}

/** Follows the lines: a comment, then the property it stands on; an opened namespace indents what follows. */
function docsIn(source: string, root: string): [string, string][] {
  const docs: [string, string][] = []
  const open: string[] = []
  let comment: string[] | undefined
  let ended = false
  for (const line of source.split('\n')) {
    if (/^\s+\/\*\*$/.test(line)) {
      comment = []
      ended = false
    } else if (comment !== undefined && !ended) {
      if (line.trim() === '*/') ended = true
      else comment.push(line.replace(/^\s*\* ?/, ''))
    } else {
      const [, indent = '', name = '', value = ''] = /^( {2,4})(\w+): (.*)$/.exec(line) ?? []
      if (comment !== undefined && name !== '') {
        const at = [root, ...open.slice(0, indent.length / 2 - 1)].join('.')
        docs.push([name === 'self' ? at : `${at}.${name}`, comment.join('\n')])
      } else if (value === '{') open.splice(indent.length / 2 - 1, Infinity, name)
      comment = undefined
    }
  }
  return docs
}

/** The text of a tag, `undefined` where the doc has no such tag. */
export function tagOf(doc: string, tag: string): string | undefined {
  const [, text] = doc.split(new RegExp(`^@${tag}\\b`, 'm'))
  return text?.split(/^@/m)[0]?.trim()
}
