import { fault } from '../errors.ts'
import type { Argument } from './arguments.ts'
import { methods } from './methods.ts'
import type { Dialect, Phase } from './phases.ts'
import { dialectsOf, type Row } from './row.ts'

/** A row made ready by a dialect; what else it holds is that dialect's own. */
export interface Prepared {
  readonly row: Row
}

/** The event on whose behalf Kong is asked. */
export interface Asker {
  /** Sends the call and gives its result; throws at once when the arguments cannot be sent. */
  ask(prepared: Prepared, args: readonly unknown[]): Promise<unknown>
}

export type KongClass = new (event: Asker) => object

type Call = (event: Asker, args: readonly unknown[]) => Promise<unknown>

/**
 * The class of the `kong` objects for one phase over one dialect, made once per plugin: an event then costs one
 * object, and one more for each namespace that its handler touches. A function is prepared when it is first used. What
 * Kong does not offer there is present as a function that says so.
 */
export function createKongClass<P extends Prepared>(
  dialect: Dialect,
  phase: Phase,
  prepare: (row: Row) => P | undefined,
): KongClass {
  return namespaceClass(methods, 'kong', (row, path) => callOf(row, path, dialect, phase, prepare))
}

/** The call of one row as an author makes it: checks first, then the wire, then the result in its final form. */
function callOf<P extends Prepared>(
  row: Row,
  path: string,
  dialect: Dialect,
  phase: Phase,
  prepare: (row: Row) => P | undefined,
): Call {
  const dialects = dialectsOf(row)
  if (!dialects.includes(dialect)) return refusal(() => fault('NOT_IN_DIALECT', path, dialect, dialects))
  if (!row.phases.includes(phase)) return refusal(() => fault('NOT_IN_PHASE', path, phase, row.phases))
  const check = checkOf(row, path)
  const { then } = row
  const instead = row.instead?.dialect === dialect ? row.instead : undefined
  const prepared = prepare(instead?.row ?? row)
  if (prepared === undefined) return refusal(() => fault('NOT_IN_DIALECT', path, dialect, dialects))
  if (instead !== undefined)
    return (event, given) => {
      const args = check(given)
      return quiet(event.ask(prepared, instead.args(args)).then((result) => instead.result(result, args)))
    }
  if (then === undefined) return (event, given) => event.ask(prepared, check(given))
  return (event, given) => quiet(event.ask(prepared, check(given)).then(then))
}

/** A promise that may fail with nobody waiting for it, as the event's own promises may. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

function checkOf(row: Row, path: string): (given: readonly unknown[]) => readonly unknown[] {
  const parameters = row.args
  const rest = parameters.at(-1)?.rest === true ? parameters.at(-1) : undefined
  if (parameters.length === 0)
    return (given) => {
      if (given.length > 0) throw fault('TOO_MANY_ARGUMENTS', path, 0, given.length)
      return given
    }
  const single = rest === undefined ? parameters : parameters.slice(0, -1)
  const checked = checkerOf(single, path)
  return (given) => {
    if (rest === undefined && given.length > single.length)
      throw fault('TOO_MANY_ARGUMENTS', path, single.length, given.length)
    const args = checked(given)
    if (rest !== undefined) for (const value of given.slice(single.length)) args.push(rest.check(value, path))
    return row.finish === undefined ? args : row.finish(args, path)
  }
}

/** Nearly all functions take one or two: for these nothing is looped over. */
function checkerOf(parameters: readonly Argument[], path: string): (given: readonly unknown[]) => unknown[] {
  const [first, second] = parameters
  if (parameters.length === 1) return (given) => [first!.check(given[0], path)]
  if (parameters.length === 2) return (given) => [first!.check(given[0], path), second!.check(given[1], path)]
  return (given) => parameters.map((parameter, index) => parameter.check(given[index], path))
}

function refusal(error: () => Error): Call {
  return () => {
    throw error()
  }
}

type Node = Row | { readonly [name: string]: Node }

/** Finds the event of an object of a namespace. */
type EventOf = (self: object) => Asker

/**
 * A class whose instances hold one event: functions on the prototype, namespaces as getters that make their
 * object at first use. A namespace with a row `self` is itself a function.
 */
function namespaceClass(nodes: object, path: string, callFor: (row: Row, path: string) => Call): KongClass {
  class Namespace {
    readonly #event: Asker
    #inner: object[] | undefined

    constructor(event: Asker) {
      this.#event = event
    }

    static eventOf(self: object): Asker {
      return (self as Namespace).#event
    }

    static inner(self: object): object[] {
      const namespace = self as Namespace
      namespace.#inner ??= []
      return namespace.#inner
    }
  }
  defineMembers(Namespace.prototype, nodes, path, callFor, Namespace)
  return Namespace
}

/** What an object of a namespace holds: its event, and the namespaces within that were touched. */
interface Holder {
  readonly eventOf: EventOf
  readonly inner: (self: object) => object[]
}

function defineMembers(
  prototype: object,
  nodes: object,
  path: string,
  callFor: (row: Row, path: string) => Call,
  { eventOf, inner }: Holder,
): void {
  let count = 0
  for (const [name, node] of Object.entries(nodes) as [string, Node][]) {
    if (name === 'self') continue
    const innerPath = `${path}.${name}`
    const property = isRow(node)
      ? functionProperty(() => callFor(node, innerPath), eventOf)
      : namespaceProperty(count++, () => makerOf(node, innerPath, callFor), eventOf, inner)
    Object.defineProperty(prototype, name, property)
  }
}

/** Bound to its event when it is read, so that it can be taken off its object: `const { exit } = kong.response`. */
function functionProperty(prepare: () => Call, eventOf: EventOf): PropertyDescriptor {
  let call: Call | undefined
  return {
    enumerable: true,
    get(this: object) {
      const event = eventOf(this)
      call ??= prepare()
      const prepared = call
      return (...args: unknown[]) => prepared(event, args)
    },
  }
}

function namespaceProperty(
  index: number,
  prepare: () => (event: Asker) => object,
  eventOf: EventOf,
  inner: (self: object) => object[],
): PropertyDescriptor {
  let make: ((event: Asker) => object) | undefined
  return {
    enumerable: true,
    get(this: object) {
      const made = inner(this)
      make ??= prepare()
      made[index] ??= make(eventOf(this))
      return made[index]
    },
  }
}

function makerOf(
  node: { readonly [name: string]: Node },
  path: string,
  callFor: (row: Row, path: string) => Call,
): (event: Asker) => object {
  const { self } = node
  if (self !== undefined && isRow(self)) return callableMaker(node, path, callFor(self, path), callFor)
  const Inner = namespaceClass(node, path, callFor)
  return (event) => new Inner(event)
}

/** `kong.log('text')` beside `kong.log.err('text')`: a function whose prototype holds the namespace. */
function callableMaker(
  nodes: object,
  path: string,
  call: Call,
  callFor: (row: Row, path: string) => Call,
): (event: Asker) => object {
  const events = new WeakMap<object, Asker>()
  const touched = new WeakMap<object, object[]>()
  const prototype = Object.create(Function.prototype) as object
  defineMembers(prototype, nodes, path, callFor, {
    eventOf: (self) => events.get(self) as Asker,
    inner(self) {
      const made = touched.get(self) ?? []
      touched.set(self, made)
      return made
    },
  })
  return (event) => {
    const self = (...args: unknown[]) => call(event, args)
    events.set(self, event)
    return Object.setPrototypeOf(self, prototype) as object
  }
}

function isRow(node: Node): node is Row {
  return Array.isArray((node as Row).phases) && typeof (node as Row).name === 'string'
}
