import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../build/kit.ts'

/** What a new project can start from: a folder of `templates/` each, with a sentence for who has to choose. */
export const templates = {
  hello: 'a request header read, a response header set',
  auth: 'API keys of consumers, compared in constant time; fails closed',
  transform: 'headers and JSON bodies, both ways',
  'rate-limit': 'so many requests in a window of time, counted in the process',
  log: 'lines of JSON in a file, with a bounded queue',
  stream: 'TCP and TLS connections, by address',
} as const

export type Template = keyof typeof templates

export const templateNames = Object.keys(templates) as Template[]

/** The files of a project that are the same for every template, and those of the template: path → text with gaps. */
export function filesOf(template: Template): Map<string, string> {
  const common = filesIn(join(root, 'templates/common'))
  const own = filesIn(join(root, 'templates', template))
  return new Map([...common, ...own].map(([path, text]) => [path.replace(/^dot-/, '.'), text]))
}

/** npm leaves files out of a package whose names begin with a dot, or reads them as settings: here `dot-` stands for it. */
function filesIn(folder: string): [path: string, text: string][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => [path.replaceAll('\\', '/'), readFileSync(join(folder, path), 'utf8')])
}
