import type { RecordedRequest, RecordKind } from '../../../src/dev/inspector/record.ts'
import type { Records } from '../../../src/dev/inspector/record-requests.ts'
import type { Recorder } from '../../../src/dev/inspector/recorder.ts'
import { answerCall } from '../../../src/fake-kong/answers.ts'
import { everywhere, type FlowPlugin, runFlow } from '../../../src/fake-kong/flow.ts'
import type { Call, End } from '../../../src/fake-kong/outcome.ts'
import { createWorld, type World, type WorldInput } from '../../../src/fake-kong/world.ts'
import type { Phase } from '../../../src/pdk/phases.ts'

/** A plugin that makes these calls, and has these phases. */
export interface Scripted {
  readonly name: string
  readonly calls: Partial<Record<Phase, readonly Call[]>>
}

export function scripted(name: string, calls: Scripted['calls']): Scripted {
  return { name, calls }
}

/** Runs a request through plugins as the gateway does, with a recorder that looks on. */
export async function recordFlow(
  recorder: Recorder & Records,
  plugins: readonly Scripted[],
  given: WorldInput = {},
  kind: RecordKind = 'http',
): Promise<RecordedRequest> {
  const world = createWorld(given)
  const recording = recorder.begin(world, kind)
  await runFlow(
    world,
    plugins.map((plugin) => flowPlugin(plugin, recorder)),
    {
      forward() {
        recording.forward()
        recording.answer()
      },
      deliver: () => recording.respond(),
    },
  )
  recording.finish('done')
  return recorder.get(recorder.list()[0]?.id ?? 0) as RecordedRequest
}

function flowPlugin({ name, calls }: Scripted, recorder: Recorder): FlowPlugin {
  return everywhere({
    name,
    priority: 1,
    phases: Object.keys(calls),
    async runPhase(phase: Phase, world: World): Promise<End> {
      const recording = recorder.of(world)
      recording?.enter(name, phase, 3)
      const end = await runCalls(calls[phase] ?? [], phase, world, recorder)
      recording?.leave(name, phase, end)
      return end
    },
  })
}

async function runCalls(
  calls: readonly Call[],
  phase: Phase,
  world: World,
  recorder: Recorder,
): Promise<End> {
  for (const { method, args, trip } of calls) {
    await recorder.before(world, phase, method)
    const answered = answerCall({ world, phase }, method, args)
    const result = answered.kind === 'result' ? { result: answered.value } : {}
    recorder.after(world, phase, { method, args, trip, ...result })
    if (answered.kind === 'exit') return { end: 'exited' }
    if (answered.kind === 'raised') return { end: 'raised', why: `${method}: ${answered.why}` }
  }
  return { end: 'returned' }
}
