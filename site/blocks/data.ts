import { spawnSync } from 'node:child_process'
import { Script } from 'node:vm'
import { validate } from 'dockerfile-utils'
import { parseAllDocuments } from 'yaml'
import { type Block, type Checked, readEach } from './block.ts'

const parsed = 'read by a parser'

export function checkJson(blocks: readonly Block[]): Checked {
  return readEach(blocks, parsed, (code) => void JSON.parse(code))
}

export function checkYaml(blocks: readonly Block[]): Checked {
  return readEach(blocks, parsed, (code) => {
    for (const { errors } of parseAllDocuments(code)) if (errors[0] !== undefined) throw errors[0]
  })
}

/** JavaScript of CommonJS is compiled, and not run. */
export function checkJavaScript(blocks: readonly Block[]): Checked {
  return readEach(blocks, 'compiled', (code) => void new Script(`(module, exports, require) => {${code}\n}`))
}

/** The files of Kong and of systemd: a comment, a section, or a name and its value in each line. */
export function checkIni(blocks: readonly Block[]): Checked {
  return readEach(blocks, parsed, (code) => {
    for (const line of code.split('\n'))
      if (!/^\s*(#.*|;.*|\[[^\]]+\]|[\w.-]+\s*=.*)?$/.test(line))
        throw new Error(`"${line}" is no comment, no section and no setting`)
  })
}

/** A part of a Dockerfile has no FROM: it gets one. */
export function checkDockerfile(blocks: readonly Block[]): Checked {
  return readEach(blocks, parsed, (code) => {
    const whole = /^FROM /m.test(code) ? code : `FROM scratch\n${code}`
    const [mistake] = validate(whole)
    if (mistake !== undefined) throw new Error(String(mistake.message))
  })
}

const luaCompilers = [
  ['luac', '-p'],
  ['luac5.1', '-p'],
  ['luajit', '-bl'],
] as const

export function checkLua(blocks: readonly Block[]): Checked {
  const compiler = luaCompilers.find(([name]) => spawnSync(name, ['-v']).error === undefined)
  if (compiler === undefined)
    return { ways: { 'not read, as neither luac nor luajit is here': blocks.length }, problems: [] }
  return readEach(blocks, `compiled by ${compiler[0]}`, (code) => {
    const { status, stderr } = spawnSync(compiler[0], [compiler[1], '-'], { input: code, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr.trim())
  })
}

/** Output for a person to look at: tests compare some of it with what is printed. */
export function keepText(blocks: readonly Block[]): Checked {
  return { ways: { 'shown as it is': blocks.length }, problems: [] }
}
