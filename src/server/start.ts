import { KongPluginError } from '../errors.ts'
import { adaptGoShape, type GoShape, type GoShapeOptions } from '../plugin/go-shape.ts'
import type { Plugin } from '../plugin/plugin.ts'
import { programName } from './binary.ts'
import type { Bundle } from './bundle.ts'
import { divertOutput } from './divert.ts'
import { serve } from './serve.ts'
import { sentenceOf } from './stack.ts'

let started = false
/** Takes what a file of a bundle starts while it is evaluated. */
let collect: ((plugin: Plugin) => void) | undefined

export function hasStarted(): boolean {
  return started
}

/** Starts a plugin by itself; within `evaluate` it is handed over instead. */
export function start(plugin: Plugin): void {
  if (collect !== undefined) {
    collect(plugin)
    return
  }
  if (started) throw secondStart()
  const name = programName()
  startBundle({ name, plugins: [{ file: name, load: () => ({ ...plugin, name: plugin.name ?? name }) }] })
}

/** What a file exports, and the plugin that it starts by itself, if it does. */
export function evaluate(file: () => object): { exported: object; plugin: Plugin | undefined } {
  let plugin: Plugin | undefined
  collect = (given) => {
    if (plugin !== undefined) throw secondStart()
    plugin = given
  }
  try {
    return { exported: file(), plugin }
  } finally {
    collect = undefined
  }
}

function secondStart(): KongPluginError {
  return new KongPluginError('STARTED', 'Cannot start a second plugin: a file holds one')
}

/** Makes this process the server of all plugins, or answers the flag it was started with. */
export function startBundle(bundle: Bundle): void {
  started = true
  serve(bundle).catch((error: unknown) => {
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
