import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A page of the site before it is rendered. */
export interface Page {
  /** Where its Markdown lies, from the repository's root; generated pages have a path that looks like one. */
  readonly source: string
  /** Its place in the site, `deploy/docker.html`. */
  readonly out: string
  readonly text: string
  readonly group: string
  /** What the navigation calls it. */
  readonly label: string
}

/** The groups of the navigation: files, and folders whose other files come in the order of their names. */
const groups: Readonly<Record<string, readonly string[]>> = {
  Begin: ['README.md', 'docs/start.md', 'docs/dev.md', 'docs/testing.md'],
  Guides: ['docs/binaries.md', 'docs/workers.md', 'docs/guides/'],
  'Put it in': [
    'docs/deploy/docker.md',
    'docs/deploy/kubernetes.md',
    'docs/deploy/helm.md',
    'docs/deploy/',
    'docs/does-not-start.md',
  ],
  Watch: ['docs/watch.md'],
  'Move to it': ['docs/move/README.md', 'docs/move/'],
  Examples: ['examples/hello/README.md', 'examples/'],
  Reference: [
    'api/README.md',
    'api/kong-ts-pdk.md',
    'api/',
    'docs/errors.md',
    'docs/kong-versions.md',
    'docs/',
    'CHANGELOG.md',
  ],
  'Functions of kong': ['api/kong/'],
  Performance: ['docs/performance.md'],
}

/** Shorter names than the title of the page. */
const labels: Readonly<Record<string, string>> = {
  'README.md': 'Overview',
  'docs/dev.md': 'Try it: the local gateway',
  'docs/testing.md': 'Test it',
  'docs/binaries.md': 'Binaries and platforms',
  'docs/workers.md': 'Several processes',
  'docs/deploy/docker.md': 'Docker',
  'docs/deploy/kubernetes.md': 'Kubernetes',
  'docs/deploy/helm.md': 'Helm',
  'docs/deploy/konnect.md': 'Konnect and hybrid',
  'docs/deploy/systemd.md': 'systemd',
  'docs/watch.md': 'Health, logs, metrics',
  'docs/move/README.md': 'Which guide',
  'docs/fake-kong.md': 'The fake Kong',
  'docs/kong-versions.md': 'Kong versions',
}

/** The pages in the order of the navigation: those of the repository at `root`, and those that were generated. */
export function listPages(root: string, generated: ReadonlyMap<string, string>): readonly Page[] {
  const texts = new Map([...markdownFiles(root).map((file) => [file, undefined] as const), ...generated])
  const pages = [...texts].map(([source, text]): Page & { readonly rank: number } => {
    const markdown = text ?? readFileSync(join(root, source), 'utf8')
    const [group, rank] = placeOf(source)
    return { source, out: outOf(source), text: markdown, group, rank, label: labelOf(source, markdown) }
  })
  return pages.sort((a, b) => a.rank - b.rank || (a.source < b.source ? -1 : 1))
}

/** The Markdown that is documentation: what a person comes to from the README. */
function markdownFiles(root: string): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  const examples = readdirSync(join(root, 'examples'), { encoding: 'utf8' })
  return [
    'README.md',
    'CHANGELOG.md',
    ...docs.map((name) => `docs/${name}`),
    ...examples.map((name) => `examples/${name}/README.md`),
  ].filter((file) => file.endsWith('.md') && existsSync(join(root, file)))
}

/** The group of the longest rule that fits, and the rule's place among all. */
function placeOf(source: string): [group: string, rank: number] {
  const rules = Object.entries(groups).flatMap(([group, files]) => files.map((file) => ({ group, file })))
  const fitting = rules.filter(
    ({ file }) => file === source || (file.endsWith('/') && source.startsWith(file)),
  )
  const best = fitting.reduce((one, other) => (other.file.length > one.file.length ? other : one))
  return [best.group, rules.indexOf(best)]
}

function outOf(source: string): string {
  if (source === 'README.md') return 'index.html'
  return source
    .replace(/^docs\//, '')
    .replace(/^(examples\/.*)\/README\.md$/, '$1.html')
    .replace(/README\.md$/, 'index.html')
    .replace(/\.md$/, '.html')
    .toLowerCase()
}

function labelOf(source: string, text: string): string {
  const title = /^# (.*)$/m.exec(text)?.[1] ?? source
  return labels[source] ?? title.replaceAll('`', '')
}
