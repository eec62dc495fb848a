import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

export interface Ran {
  readonly code: number | null
  /** What it printed, line by line. */
  readonly lines: readonly string[]
  readonly stderr: string
  /** `OK DUMP`, `KO PHASE access` and so on, without the plugin's name. */
  readonly verdicts: readonly string[]
}

export interface SmokeOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Ctrl-C, as soon as this holds. */
  readonly interruptWhen?: () => boolean
}

/** `kong-ts smoke` with these words. */
export async function runSmoke(words: readonly string[], options: SmokeOptions = {}): Promise<Ran> {
  const { env = process.env, interruptWhen } = options
  const smoke = spawn(process.execPath, ['bin/kong-ts.mjs', 'smoke', ...words], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  smoke.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
  smoke.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  const ended = new Promise<number | null>((resolve) => smoke.on('close', resolve))
  if (interruptWhen !== undefined) {
    while (!interruptWhen() && smoke.exitCode === null) await delay(20)
    smoke.kill('SIGINT')
  }
  const code = await ended
  const lines = stdout.trimEnd().split('\n')
  const verdicts = lines.flatMap((line) => {
    const [, verdict, what] = /^\[(OK|KO)\] (.*?)(?: of \S+)? \(\d+ ms\):/.exec(line) ?? []
    return verdict === undefined ? [] : [`${verdict} ${what}`]
  })
  return { code, lines, stderr, verdicts }
}
