import { lstatSync, mkdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UsageError } from '../../../build/errors.ts'

/** Refuses a project whose files would take the place of others, before anything is written. */
export function checkFree(folder: string, paths: Iterable<string>): void {
  const inTheWay = [...new Set([...paths].flatMap((path) => obstacleAt(folder, path)))]
  if (inTheWay.length === 0) return
  const [first] = inTheWay
  const others =
    inTheWay.length > 1 ? `, and so ${inTheWay.length > 2 ? 'are' : 'is'} ${listed(inTheWay.slice(1))}` : ''
  throw new UsageError(
    `Cannot begin a project in ${folder}: ${first} is there already${others}, and init overwrites nothing; choose another folder, or move what is in the way`,
  )
}

/**
 * Writes the files; one that has come into being since is not overwritten either. Where the disk fails, what was written
 * goes again: half a project would be in the way of the next attempt.
 */
export function writeProject(folder: string, files: ReadonlyMap<string, string | Buffer>): void {
  const undo: (() => void)[] = []
  try {
    for (const [path, content] of files) {
      const file = join(folder, path)
      undo.push(...makeFolder(dirname(file)))
      // By itself, so that a file of somebody else's is never taken away.
      writeFileSync(file, '', { flag: 'wx' })
      undo.push(() => rmSync(file, { force: true }))
      writeFileSync(file, content)
    }
  } catch (error) {
    for (const step of undo.reverse()) step()
    throw error
  }
}

/** Makes a folder and those that it lies in; what takes them away again, if nothing else has come into them. */
function makeFolder(path: string): (() => void)[] {
  const first = mkdirSync(path, { recursive: true })
  if (first === undefined) return []
  const made = [...parentsOf(resolve(path)), resolve(path)]
  return made.slice(made.indexOf(resolve(first))).map((one) => () => removeEmpty(one))
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {}
}

/** What is no folder where one is needed on the way to a file, else the file itself, even as a link to nowhere. */
function obstacleAt(folder: string, path: string): string[] {
  const file = join(folder, path)
  // From the top: of what lies in no folder, nothing can be asked.
  const parent = parentsOf(file).find(isOther)
  if (parent !== undefined) return [parent]
  return lstatSync(file, { throwIfNoEntry: false }) === undefined ? [] : [file]
}

function parentsOf(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [...parentsOf(parent), parent]
}

/** Whether something is there that is no folder; a link to a folder is one. */
function isOther(path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true
}

function listed(paths: readonly string[]): string {
  if (paths.length === 1) return paths[0] ?? ''
  return `${paths.slice(0, -1).join(', ')} and ${paths.at(-1)}`
}
