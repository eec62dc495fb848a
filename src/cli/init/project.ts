import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../build/kit.ts'
import { filesOf, type Template } from './templates.ts'

export interface NewProject {
  readonly name: string
  readonly template: Template
  /** What its package.json calls the kit: a version, or the file of a package. */
  readonly kit: string
}

/** The files of a new project but for the kit: path → text. */
export function projectFiles({ name, template, kit }: NewProject): Map<string, string> {
  const files = filesOf(template)
  const take = (path: string) => {
    const text = files.get(path) ?? ''
    files.delete(path)
    return text.trim()
  }
  const gaps = { about: take('about.md'), try: take('try.md'), name }
  const project = new Map<string, string>()
  project.set('package.json', json(packageOf(name, kit)))
  project.set('tsconfig.json', json({ extends: 'kong-ts-pdk/tsconfig.plugin.json', include: ['*.ts'] }))
  for (const [path, text] of files) project.set(path.replace(/^plugin\b/, name), fill(text, gaps))
  return project
}

function packageOf(name: string, kit: string): object {
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return {
    name: `kong-plugin-${name}`,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=20' },
    scripts: { build: 'make', dev: 'make dev', test: 'make test' },
    devDependencies: {
      '@types/node': devDependencies['@types/node'],
      'kong-ts-pdk': kit,
      typescript: devDependencies.typescript,
    },
  }
}

/** A gap is a word in double braces; a plugin's own file is imported by the name that it gets. */
function fill(text: string, gaps: Readonly<Record<string, string>>): string {
  let filled = text.replaceAll("'./plugin.ts'", `'./${gaps.name}.ts'`)
  for (const [word, value] of Object.entries(gaps)) filled = filled.replaceAll(`{{${word}}}`, () => value)
  return filled
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
