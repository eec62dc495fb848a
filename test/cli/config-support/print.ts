import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CommanderError } from 'commander'
import { configCommand } from '../../../src/cli/commands/config.ts'
import { binaryWith, manifestWith, pluginWith } from '../../build/support/check-target.ts'
import { temporaryFolder } from '../../build/support/temporary.ts'

export const folder = temporaryFolder()

/** Schemas with every kind of value, and with words that Lua keeps for itself. */
export const helloSchema = {
  name: 'hello',
  fields: [
    {
      config: {
        type: 'record',
        fields: [
          { message: { type: 'string', default: 'hello "you"\\\n\u00e9', len_min: 0 } },
          { end: { type: 'number', between: [1, 9], default: 1.25 } },
          { 'x-y': { type: 'boolean', default: true } },
          { limits: { type: 'record', fields: [{ size: { type: 'integer', required: true } }] } },
          { denied: { type: 'array', elements: { type: 'string' }, default: ['a', 'b'] } },
        ],
      },
    },
  ],
}

const hello = pluginWith({ name: 'hello', version: '0.2.0', schema: helloSchema })
const guard = pluginWith({ name: 'key-guard', version: '1.0.0', priority: 1250 })

export const single = binary('hello', manifestWith({ name: 'hello', plugins: [hello] }))
export const dashed = binary('key-guard', manifestWith({ name: 'key-guard', plugins: [guard] }))
export const renamed = binary(
  'greeter',
  manifestWith({ name: 'greeter', plugins: [{ ...hello, name: 'Hello_There' }] }),
)
export const bundle = binary('pack', manifestWith({ name: 'pack', plugins: [hello, guard] }))
export const stream = binary(
  'tcp',
  manifestWith({ name: 'tcp', plugins: [pluginWith({ name: 'tcp', phases: ['preread'] })] }),
)
export const reader = binary(
  'reader',
  manifestWith({
    name: 'reader',
    plugins: [pluginWith({ name: 'reader', pdk: ['kong.request.get_raw_body'] })],
  }),
)
export const early = binary(
  'early_bird',
  manifestWith({
    name: 'early_bird',
    plugins: [pluginWith({ name: 'early_bird', phases: ['rewrite', 'access'] })],
  }),
)
const keys = {
  type: 'map',
  keys: { type: 'string' },
  values: { type: 'string' },
  required: true,
  description: 'Names with their keys.\nplugins: none\u0085_format_version: 1',
}
export const required = binary(
  'strict',
  manifestWith({
    name: 'strict',
    plugins: [
      pluginWith({
        name: 'strict',
        schema: { name: 'strict', fields: [{ config: { type: 'record', fields: [{ keys }] } }] },
      }),
    ],
  }),
)
export const odd = binary(
  'odd',
  manifestWith({ name: 'odd', plugins: [pluginWith({ version: '1.0.0\nUSER root' })] }),
)
export const foreign = binary('mac', manifestWith({ name: 'mac', platform: 'darwin-arm64' }))

/** A file as the build makes it, without the code. */
export function binary(name: string, manifest: ReturnType<typeof manifestWith>): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, name)
  writeFileSync(file, binaryWith(manifest))
  return file
}

/** What `kong-ts config` prints. */
export async function print(...words: string[]): Promise<string> {
  const lines: string[] = []
  const command = configCommand({
    print: (line) => lines.push(line),
    report: () => undefined,
    step: () => undefined,
    fail: () => undefined,
  })
  await command.exitOverride().parseAsync(words, { from: 'user' })
  return `${lines.join('\n')}\n`
}

/** The sentence with which it refuses. */
export async function refusal(...words: string[]): Promise<string> {
  try {
    await print(...words)
  } catch (error) {
    if (!(error instanceof CommanderError)) return (error as Error).message
  }
  throw new Error(`${words.join(' ')} was not refused`)
}

/** The command as a shell has it. */
export function kongTs(...words: string[]) {
  return spawnSync(process.execPath, [resolve('bin/kong-ts.mjs'), 'config', ...words], { encoding: 'utf8' })
}

/** Whether a program that a test needs is here; where it is not, the test is skipped and counted. */
export function has(program: string, ...words: string[]): boolean {
  return spawnSync(program, words).status === 0
}
