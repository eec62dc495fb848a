import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder outside the checkout that is gone when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kong-ts-test-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
