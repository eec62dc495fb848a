import type { methods } from '../../pdk/methods.ts'
import { type AnswersFor, Raised } from '../answer.ts'
import { errorPage } from '../error-page.ts'
import {
  addHeader,
  checkHeader,
  checkHeaders,
  clearHeader,
  firstOfHundred,
  headerLines,
  headerName,
  headerTable,
  setHeader,
} from '../headers.ts'
import { jsonBytes } from '../json.ts'
import { leave } from '../leave.ts'
import { checkCount, checkString, isTable, luaType, textOf } from '../lua.ts'
import { accepted, during } from '../phase-check.ts'
import type { World } from '../world.ts'

export const response = {
  'kong.response.get_status': during(accepted.getResponse, ({ world }) => world.response.status),
  'kong.response.get_header': during(accepted.getResponse, ({ world, phase }, [name]) =>
    firstOfHundred(
      world.response.headers,
      phase === 'log' ? name : checkString(name, 'header name must be a string'),
    ),
  ),
  // Kong keeps the headers for the log phase, and asks for no limit there.
  'kong.response.get_headers': during(accepted.getResponse, ({ world, phase }, [most]) =>
    headerTable(world.response.headers, phase === 'log' ? 100 : checkCount(most, 'max_headers')),
  ),
  'kong.response.get_source': during(accepted.getResponse, ({ world }) => world.response.source),
  'kong.response.set_status': during(accepted.setResponse, ({ world }, [status]) => {
    world.response.status = checkStatus(status, 100)
  }),
  'kong.response.set_header': during(accepted.setResponse, ({ world }, [name, value]) => {
    write(world, checkHeader(name, value), value)
  }),
  'kong.response.add_header': during(accepted.setResponse, ({ world }, [name, value]) => {
    addHeader(world.response.headers, headerName(checkHeader(name, value)), headerLines(value))
  }),
  'kong.response.clear_header': during(accepted.setResponse, ({ world }, [name]) => {
    clearHeader(world.response.headers, headerName(checkString(name, 'header name must be a string')))
  }),
  'kong.response.set_headers': during(accepted.setResponse, ({ world }, [headers]) => {
    for (const [name, value] of checkHeaders(headers)) write(world, name, value)
  }),
  'kong.response.exit': (scene, args) =>
    scene.world.subsystem === 'stream' ? leaveStream(scene.world, args) : exit(scene, args),
  'kong.response.error': during(accepted.setResponse, ({ world }, [status, message, headers]) => {
    const code = checkStatus(status, 400)
    const words = isTable(message) ? jsonBytes(message).toString('latin1') : message
    if (words !== undefined && luaType(words) !== 'string')
      throw new Raised('message must be a nil, a string or a table')
    const pairs = checkedHeaders(headers)
    const type = pairs.find(([name]) => name === 'Content-Type')?.[1]
    const own = type === undefined ? undefined : textOf(Array.isArray(type) ? type[0] : type)
    const page = errorPage(world, code, words === undefined ? undefined : textOf(words), own)
    leave(world, code, page.body, [...pairs, ['Content-Type', page.type]])
  }),
} satisfies AnswersFor<typeof methods.response>

const exit = during(accepted.setResponse, ({ world }, [status, body, headers]) => {
  const code = checkStatus(status, 100)
  if (body !== undefined && luaType(body) !== 'string' && !isTable(body))
    throw new Raised('body must be a nil, string or table')
  const pairs = checkedHeaders(headers)
  leave(world, code, body, pairs)
})

const streamCodes = [200, 400, 403, 500, 502, 503]

/** A stream has no response: what is sent below 400 is the body alone. */
function leaveStream(world: World, [status, body]: readonly unknown[]): void {
  if (typeof status !== 'number') throw new Raised('code must be a number')
  if (!streamCodes.includes(status))
    throw new Raised('unacceptable code, only 200, 400, 403, 500, 502 and 503 are accepted')
  if (body !== undefined && luaType(body) !== 'string' && !isTable(body))
    throw new Raised('body must be a nil, string or table')
  leave(world, status, status < 400 ? body : undefined, [])
  world.response.headers = {}
}

function checkStatus(status: unknown, least: number): number {
  if (typeof status !== 'number') throw new Raised('code must be a number')
  if (status < least || status > 599) throw new Raised(`code must be a number between ${least} and 599`)
  return status
}

function checkedHeaders(headers: unknown): readonly (readonly [string, unknown])[] {
  if (headers === undefined) return []
  if (!isTable(headers)) throw new Raised('headers must be a nil or table')
  return checkHeaders(headers)
}

/** Kong writes Transfer-Encoding itself, and passes over a plugin's. */
function write(world: World, name: string, value: unknown): void {
  if (headerName(name) === 'transfer-encoding') return
  setHeader(world.response.headers, headerName(name), headerLines(value))
}
