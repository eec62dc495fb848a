// `kong-ts`: the only file that ends the process. A command prints its results through the terminal and returns; what
// only it needs is loaded when it runs, as each file has its types taken off at every start.
import { Command, CommanderError } from 'commander'
import { BuildError, UsageError } from '../../build/errors.ts'
import { printable } from '../../build/inspect/printable.ts'
import { version } from '../version.ts'
import { buildCommand } from './commands/build.ts'
import { checkCommand } from './commands/check.ts'
import { configCommand } from './commands/config.ts'
import { devCommand } from './commands/dev.ts'
import { initCommand } from './commands/init.ts'
import { inspectCommand } from './commands/inspect.ts'
import { smokeCommand } from './commands/smoke.ts'
import { openTerminal } from './terminal.ts'

const terminal = openTerminal()
const commands = [
  initCommand,
  buildCommand,
  devCommand,
  inspectCommand,
  checkCommand,
  smokeCommand,
  configCommand,
].map((make) => make(terminal))

const program = new Command('kong-ts')
  .description(
    'Begins plugins for Kong Gateway, runs them in a local gateway, builds them into one binary each, and looks at such binaries.',
  )
  .version(`kong-ts ${version}`)
for (const command of commands) program.addCommand(command)
// A subcommand that was made by itself does not take over how its parent ends.
for (const command of [program, ...commands]) command.exitOverride().showHelpAfterError('(--help says more)')

try {
  await program.parseAsync()
} catch (error) {
  terminal.close()
  // commander has printed its own sentence already.
  if (!(error instanceof CommanderError)) console.error(sentenceOf(error))
  process.exitCode = exitCodeOf(error)
} finally {
  terminal.close()
}

/** Help that was asked for is no failure; a wrong request ends with 2, a failure with 1. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  return error instanceof UsageError ? 2 : 1
}

/** A failure of the system, as a full disk, is no mistake of this program: it gets no stack. */
function sentenceOf(error: unknown): unknown {
  if (error instanceof BuildError) return error.message.split('\n').map(printable).join('\n')
  const { syscall, message } = error as NodeJS.ErrnoException
  return syscall === undefined ? error : `Cannot go on: ${message}`
}
