// Runs in the Node of the binaries: `timing.cjs ROOT LIBRARIES ROUNDS MILLISECONDS`. ROOT has msgpackr, LIBRARIES the
// others, or is empty; prints what was found as JSON.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type MessageName, messageNames } from './messages.ts'
import { msgpackrSubject } from './msgpackr.ts'
import { ourSubjects, ownBytes, readPlainly } from './ours.ts'
import { protobufEsSubject } from './protobuf-es.ts'
import { protobufjsSubject } from './protobufjs.ts'
import type { Measured } from './results.ts'
import type { Subject } from './subject.ts'

const [root = '', libraries = '', rounds = '', milliseconds = ''] = process.argv.slice(2)
/** So that no result is found to be of no use. */
const kept: unknown[] = []
const subjects = [...ourSubjects(), ...others()]
const keepsBytes = Object.fromEntries(subjects.flatMap(checkAgain))
const series = messageNames.flatMap((message) => [...timeAll(message, 'write'), ...timeAll(message, 'read')])
console.log(JSON.stringify({ series, keepsBytes }))

function others(): Subject[] {
  const load = (folder: string) => createRequire(join(folder, 'package.json'))
  const known = libraries === '' ? [] : [protobufjsSubject, protobufEsSubject]
  return [...known.map((subject) => subject(load(libraries))), msgpackrSubject(load(root))]
}

/**
 * Fails where one does not write what it has read, and so has not done the work; gives whether it keeps bytes that are
 * no UTF-8.
 */
function checkAgain({ name, codecs }: Subject): [name: string, keeps: boolean][] {
  const kept = messageNames.flatMap((message) => {
    const again = codecs[message]?.again
    if (again === undefined) return []
    const written = Buffer.from(again(ownBytes(message)))
    if (!isDeepStrictEqual(readPlainly(message, written), readPlainly(message, ownBytes(message))))
      throw new Error(`${name} does not write again what it has read of ${message}`)
    return message.includes('headers') ? [keeps(again, ownBytes(message))] : []
  })
  return kept.length === 0 ? [] : [[name, kept.every((one) => one)]]
}

function keeps(again: (bytes: Buffer) => Uint8Array, bytes: Buffer): boolean {
  const at = bytes.indexOf('bench.example')
  bytes[at] = 0xff
  try {
    return Buffer.from(again(bytes)).includes(bytes.subarray(at, at + 13))
  } catch {
    return false
  }
}

/** All that can do it, in turns, so that a busy or hot machine falls on each. */
function timeAll(message: MessageName, way: 'write' | 'read'): Measured[] {
  const able = subjects.flatMap(({ name, codecs }) => {
    const once = codecs[message]?.[way]
    return once === undefined ? [] : [{ name, once, nanoseconds: [] as number[] }]
  })
  const counts = able.map(({ once }) => countFor(once))
  for (let round = 0; round < Number(rounds); round++)
    for (const [index, { once, nanoseconds }] of able.entries())
      nanoseconds.push(Math.round((time(once, counts[index]!) * 1e8) / counts[index]!) / 100)
  return able.map(({ name, nanoseconds }) => ({ message, way, subject: name, nanoseconds }))
}

/** How often it is done in the time of a round; finding that out warms it up. */
function countFor(once: () => unknown): number {
  let count = 1
  while (time(once, count) < Number(milliseconds)) count *= 2
  return count
}

/** Milliseconds of this thread: what else the machine does, and V8's own threads, count nothing. */
function time(once: () => unknown, count: number): number {
  let last: unknown
  const started = process.threadCpuUsage()
  for (let done = 0; done < count; done++) last = once()
  const { user, system } = process.threadCpuUsage(started)
  kept[0] = last
  return (user + system) / 1000
}
