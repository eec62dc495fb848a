import { Command, Option } from 'commander'
import { type Template, templateNames, templates } from '../init/templates.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly template?: Template
  readonly name?: string
}

const help = `
Templates:
${templateNames.map((name) => `  ${name.padEnd(12)}${templates[name]}`).join('\n')}

Examples:
  kong-ts init                                  asks for the name and the template, on a terminal
  kong-ts init my-plugin --template auth        a repository in the new folder my-plugin
  kong-ts init . --name my-plugin               in this folder, beside what is there

It overwrites nothing, and installs nothing: the project's own commands do that.`

/** `kong-ts init`: the repository of a new plugin. */
export function initCommand(terminal: Terminal): Command {
  return new Command('init')
    .description('begin a plugin: a repository with a test, a gateway, a Makefile, a Dockerfile and a CI')
    .argument('[folder]', 'where it goes; the plugin is called as the folder')
    .addOption(new Option('--template <name>', 'what it starts from (default: hello)').choices(templateNames))
    .option('--name <name>', 'what the plugin is called, where the folder is called otherwise')
    .addHelpText('after', help)
    .action(async (folder: string | undefined, { template, name }: Options) => {
      const { beginProject } = await import('../init/begin.ts')
      await beginProject({ folder, template, name }, terminal)
    })
}
