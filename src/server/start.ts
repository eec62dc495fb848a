import { KongPluginError } from '../errors.ts'
import { adaptGoShape, type GoShape, type GoShapeOptions } from '../plugin/go-shape.ts'
import type { Plugin } from '../plugin/plugin.ts'
import { divertOutput } from './divert.ts'
import { serve } from './serve.ts'
import { sentenceOf } from './stack.ts'

let started = false

export function hasStarted(): boolean {
  return started
}

/** Makes this process the plugin's server, or answers the flag it was started with. */
export function start(plugin: Plugin): void {
  if (started) throw new KongPluginError('STARTED', 'Cannot start a second plugin: one binary holds one')
  started = true
  serve(plugin).catch((error: unknown) => {
    divertOutput().log.error(sentenceOf(error))
    process.exit(1)
  })
}

/**
 * The main of a plugin in the shape of go-pdk, called by the author's file itself.
 *
 * @param New makes the object whose fields are the configuration and whose methods are the phases
 * @param version `x.y.z`
 * @param priority a whole number; plugins with a higher one run first
 * @example
 * class Config {
 *   message = 'hello'
 *   access(kong: Kong<'access'>) {
 *     kong.response.setHeader('x-hello', this.message)
 *   }
 * }
 * startServer(() => new Config(), '0.2.0', 1)
 */
export function startServer(
  New: () => GoShape,
  version: string,
  priority = 0,
  options?: GoShapeOptions,
): void {
  start(adaptGoShape(New, version, priority, options))
}
