import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Program } from './program.ts'

/** The worker processes of a server, from the kernel. */
export function workersOf({ child }: Program): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === child.pid)
    .map(Number)
}

export function isAlive(pid: number): boolean {
  return parentOf(String(pid)) !== undefined
}

/** How many sockets a process has open. */
export function socketsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => linkOf(`/proc/${pid}/fd/${fd}`).startsWith('socket:'))
    .length
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function parentOf(pid: string): number | undefined {
  try {
    const [, state, parent] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return state === 'Z' ? undefined : Number(parent)
  } catch {
    return undefined
  }
}
