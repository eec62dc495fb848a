import { comment, listSettings, opening, variable } from './comments.ts'
import { settingsOf } from './settings.ts'
import type { Setup } from './setup.ts'

/** Lines for `kong.conf`. */
export function writeConf(setup: Setup): string[] {
  return [
    ...opening(setup, `Copy the binary to ${setup.file} of the gateway, executable for all.`),
    '',
    ...listSettings(settingsOf(setup), ({ name, value }) => `${name} = ${value}`),
  ]
}

/** The same as environment variables: a file for `docker run --env-file` and systemd's `EnvironmentFile`. */
export function writeEnv(setup: Setup): string[] {
  return [
    ...opening(setup, `Copy the binary to ${setup.file} of the gateway, executable for all.`),
    ...comment('No quotes: docker run --env-file would make them a part of the value.'),
    '',
    ...listSettings(settingsOf(setup), (setting) => `${variable(setting)}=${setting.value}`),
  ]
}
