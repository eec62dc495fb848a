import { lineOf, reaches } from '../../../build/check/kong-version.ts'
import { comment, opening } from './comments.ts'
import type { Configured } from './given.ts'
import { configLines } from './plugin-config.ts'
import type { Setup } from './setup.ts'
import { yamlText } from './yaml.ts'

/** A file in Kong's declarative format, for `deck gateway sync` and for a Kong without a database. */
export function writeDeck(setup: Setup, plugins: readonly Configured[]): string[] {
  const { kong } = setup
  return [
    ...opening(
      setup,
      'For "deck gateway sync kong.yml", and for declarative_config of a Kong without a database.',
    ),
    ...(lineOf(kong) === '3.9'
      ? comment('decK reads GET / of the Admin API: with Kong 3.9 it wants a server that is unmanaged.')
      : []),
    `_format_version: "${reaches(kong, '3.0') ? '3.0' : '2.1'}"`,
    'plugins:',
    ...comment(
      'For all requests here. Under the "plugins" of a service or a route it is for that one.',
      '  # ',
    ),
    ...plugins.flatMap((configured) => [
      `  - name: ${yamlText(configured.plugin.name)}`,
      ...configLines(configured, '    '),
    ]),
  ]
}
