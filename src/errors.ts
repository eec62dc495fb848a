/**
 * Every error this kit raises inside a plugin's binary: one class, one catalogue from code to sentence.
 * A sentence tells a stranger what failed, with which values, and what to do.
 */
export class KongPluginError extends Error {
  /** `KongPluginError`. */
  override readonly name = 'KongPluginError'
  /** The catalogue key, stable across versions: compare this, not the sentence. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const sentences = {
  FRAME_TOO_LONG: (size: number, limit: number) =>
    `Cannot read a frame of ${group(size)} bytes as the limit is ${group(limit)}: raise frameLimit or check the peer's byte order`,
  MESSAGE_TOO_LONG: (size: number, limit: number) =>
    `Cannot read a message of more than ${group(size)} bytes as the limit is ${group(limit)}: raise frameLimit or check what the peer sends`,
  BAD_PROTOBUF: (what: string, offset: number) =>
    `Cannot read a ProtoBuf message as ${what} at byte ${offset}: the peer does not speak ProtoBuf:1, or the bytes were cut`,
  BAD_MSGPACK: (what: string, offset: number) =>
    `Cannot read a MsgPack message as ${what} at byte ${offset}: the peer does not speak MsgPack:1, or the bytes were cut`,
  BAD_RPC: (what: string) =>
    `Cannot answer a message from Kong as ${what}: check that the plugin's Protocol is the one that Kong read from the dump`,
  BAD_ARGUMENT: (where: string, name: string, want: string, got: unknown) =>
    `Cannot call ${where}: ${name} must be ${want}, but it is ${show(got)}`,
  TOO_MANY_ARGUMENTS: (where: string, most: number, got: number) =>
    `Cannot call ${where} with ${got} arguments: it takes at most ${most}`,
  NOT_CARRIED: (where: string, path: string, got: unknown, dialect: string, remedy: string) =>
    `Cannot call ${where}: ${path} is ${show(got)}, which ${dialect} cannot carry to Kong: ${remedy}`,
  UNSENDABLE: (where: string, why: string) =>
    `Cannot call ${where}: what was given to it cannot be sent, as ${why}`,
  NOT_IN_PHASE: (where: string, phase: string, phases: readonly string[]) =>
    `Cannot call ${where} in the ${phase} phase: ${phases.length === 0 ? 'Kong offers it in no phase of a plugin' : `Kong offers it in ${phases.join(', ')}`}`,
  NOT_IN_DIALECT: (where: string, dialect: string, dialects: readonly string[]) =>
    `Cannot call ${where} over ${dialect}: it exists over ${dialects.join(', ')} only, so set protocol: '${dialects[0]}' in the plugin`,
  EVENT_ENDED: (where: string, phase: string, why: string) =>
    `Cannot call ${where}: the ${phase} event has ended, as ${why}`,
  EXITED: (where: string) =>
    `The handler has ended with ${where}: catch nothing here and let it return, as nothing after it runs towards Kong`,
  CONNECTION_LOST: (where: string) =>
    `Kong closed the connection before it had answered ${where}: it does so when a PDK call raises (look in Kong's error log) or when it stops`,
  HANDLER_TIMEOUT: (phase: string, limit: number) =>
    `The ${phase} handler did not end within ${limit} ms: make it faster, or raise timeLimit in the plugin`,
  NO_ANSWER: (where: string, phase: string, limit: number) =>
    `Kong did not answer ${where} within the ${limit} ms that the ${phase} event may take: the call raised in Kong (look in its error log), or waits for a slow client`,
  REPLY_UNREADABLE: (where: string, why: string) => `Cannot use what Kong answered to ${where}: ${why}`,
  BODY_UNREADABLE: (where: string, why: string) =>
    `Cannot read the request body for ${where}: ${why}. Kong keeps a long body in a file that only its own user and host can read: raise nginx_http_client_body_buffer_size, or run the plugin as Kong's user`,
  NO_INSTANCE: (id: unknown) => `no plugin instance ${show(id)}`,
  FORGOTTEN: (id: number) =>
    `Cannot run an event of instance ${id}: a server before this one started it, and this Kong does not start it again; reload Kong`,
  NO_PLUGIN: (asked: string, have: readonly string[]) =>
    `Cannot serve plugin "${asked}": this binary holds ${have.map(show).join(', ')}; check pluginserver_names and the socket setting in kong.conf`,
  UNKNOWN_MEMBER: (name: string, meant: string | undefined, known: readonly string[]) =>
    `Cannot use ${show(name)} in a plugin: there is no such phase or option${meant === undefined ? `; there are ${known.join(', ')}` : `, did you mean ${show(meant)}?`}`,
  FILTER_PHASE: (name: string) =>
    `Cannot use the phase ${show(name)}: Kong breaks every request of a plugin outside its own process that has it; use response`,
  NOT_READY: (instance: number) =>
    `Cannot run a handler of instance ${instance}: its init has failed or was given up, or it was closed`,
  GENERATOR: (phase: string) =>
    `Cannot use a generator function as the ${phase} handler: nobody would run its body; write async ${phase}() without the *`,
  NO_PHASE: (phases: readonly string[]) =>
    `Cannot use a plugin without a phase, as Kong would never run it: write one of ${phases.join(', ')}`,
  BAD_MEMBER: (name: string, want: string, got: unknown) =>
    `Cannot use ${show(got)} as ${name} of a plugin: it must be ${want}`,
  ADDON_UNLOADABLE: (file: string, why: string) => `Cannot load the native addon ${file}: ${why}`,
  NO_PLACE: (file: string, tried: readonly string[]) =>
    `Cannot unpack ${file}, as no folder takes it: ${tried.join('; ')}. Make one of them writable and executable for the user of Kong, or start the binary with another: pluginserver_NAME_start_cmd = /usr/bin/env TMPDIR=/a/folder /path/of/the/binary`,
  BAD_CONFIG: (why: string) => `Cannot start an instance: its configuration is not usable, as ${why}`,
} satisfies Record<string, (...values: never[]) => string>

export type ErrorCode = keyof typeof sentences

/** Makes the error of a code; the caller throws or passes it on. */
export function fault<C extends ErrorCode>(
  code: C,
  ...values: Parameters<(typeof sentences)[C]>
): KongPluginError {
  const sentence = sentences[code] as (...values: unknown[]) => string
  return new KongPluginError(code, sentence(...values))
}

/** A value as a person would write it, cut to a length that fits in a sentence. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : inspect(value)
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`
}

/** The sentence of whatever was thrown, be it an object that resists being looked at. */
export function reason(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : show(thrown)
  } catch {
    return 'a value that cannot be shown'
  }
}

/** The stacks of an error and of what caused it, or the sentence of anything else that was thrown. */
export function stackOf(thrown: unknown, depth = 4): string {
  try {
    if (!(thrown instanceof Error)) return reason(thrown)
    const stack = typeof thrown.stack === 'string' ? thrown.stack : `${thrown.name}: ${thrown.message}`
    if (thrown.cause === undefined || depth === 0) return stack
    return `${stack}\ncaused by ${stackOf(thrown.cause, depth - 1)}`
  } catch {
    return reason(thrown)
  }
}

function inspect(value: unknown): string {
  if (typeof value === 'function') return `function ${value.name}`
  if (value instanceof Promise) return 'a promise (await it)'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

function group(count: number): string {
  return count.toLocaleString('en-US')
}
