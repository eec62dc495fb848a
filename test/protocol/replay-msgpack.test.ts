import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { conversationNames, loadConversation } from '../support/conversation.ts'
import { replay } from '../support/replay.ts'
import { replayAll } from '../support/replay-all.ts'

const names = conversationNames().filter((name) => name.startsWith('mp-'))
/**
 * Calls in the recordings: compared with the recorded bytes, and listed as meant to differ (test/support/differences.ts):
 * not there in our API, refused before anything is sent, sent otherwise. Of those refused, `answered` are ones that
 * Kong answered: values that it would have damaged, and its nil for what it has no use for.
 */
const totals = { conversations: 42, compared: 796, absent: 58, refused: 367, otherwise: 58, answered: 31 }

test('msgpack: every recorded conversation, cut as recorded', () =>
  replayAll(names, totals, 'recorded', 'turns'))
// The recorded server of mp-no-args gave two events the same id, one after the other: joined, they would overlap.
test('msgpack: every recorded conversation, joined as far as turns allow', () =>
  replayAll(
    names.filter((name) => name !== 'mp-no-args'),
    { ...totals, conversations: totals.conversations - 1, compared: totals.compared - 2 },
    'joined',
    'turns',
  ))
test('msgpack: every recorded conversation, byte by byte', () => replayAll(names, totals, 'bytes', 'turns'))

for (const name of ['mp-start-and-reuse', 'mp-exit-from-access'])
  test(`msgpack: ${name}, cut once at every index`, async () => {
    const [conversation] = loadConversation(name)
    const length = conversation!.exchanges.reduce(
      (sum, { command, calls }) =>
        sum + command.bytes.length + calls.reduce((all, { reply }) => all + (reply?.bytes.length ?? 0), 0),
      0,
    )
    for (let at = 1; at < length; at++) await replay(conversation!, { at })
    assert.ok(length > 200)
  })

test.run()
