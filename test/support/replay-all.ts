import * as assert from 'uvu/assert'
import { loadConversation } from './conversation.ts'
import { type Cut, type Pace, replay } from './replay.ts'

export interface Totals {
  readonly conversations: number
  readonly compared: number
  readonly absent: number
  readonly refused: number
  readonly otherwise: number
  /** Refused although Kong answered them. */
  readonly answered: number
}

/** Replays conversations and holds the numbers against what is known to be in them: nothing is skipped unseen. */
export async function replayAll(
  names: readonly string[],
  totals: Totals,
  cut: Cut,
  pace: Pace,
): Promise<void> {
  const sum = { conversations: 0, compared: 0, absent: 0, refused: 0, otherwise: 0, answered: 0 }
  for (const name of names) {
    sum.conversations += 1
    for (const conversation of loadConversation(name)) {
      const { compared, listed, answered } = await replay(conversation, cut, pace)
      sum.compared += compared
      sum.answered += answered
      for (const { kind } of listed) sum[kind] += 1
    }
  }
  const listed = sum.absent + sum.refused + sum.otherwise
  console.log(
    `${sum.conversations} conversations, ${sum.compared} calls as recorded, ${listed} listed as different`,
  )
  assert.equal(sum, totals)
}
