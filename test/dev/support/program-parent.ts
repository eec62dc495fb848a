// Runs a program until it is killed: `node program-parent.ts FILE` prints the id of each process that serves.
import { startProgram } from '../../../src/dev/program/start.ts'

await startProgram(process.argv[2] ?? '', {
  accept: () => undefined,
  onRelease: () => undefined,
  onRetired: () => undefined,
  onProblem: () => undefined,
  onOutput: (line) => console.log(line),
})
