import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { conversationNames, loadConversation } from '../support/conversation.ts'
import { replay } from '../support/replay.ts'
import { replayAll } from '../support/replay-all.ts'

const names = conversationNames().filter((name) => name.startsWith('pb-'))
/**
 * Calls in the recordings: compared with the recorded bytes, and listed as meant to differ (test/support/differences.ts):
 * not there in our API, refused before anything is sent, sent otherwise. Of those refused, `answered` are ones that
 * Kong answered: values that it would have damaged, and its nil for what it has no use for.
 */
const totals = { conversations: 38, compared: 614, absent: 4, refused: 285, otherwise: 51, answered: 17 }

test('protobuf: every recorded conversation, cut as recorded', () =>
  replayAll(names, totals, 'recorded', 'turns'))
test('protobuf: every recorded conversation, joined as far as turns allow', () =>
  replayAll(names, totals, 'joined', 'turns'))
test('protobuf: every recorded conversation, byte by byte', () => replayAll(names, totals, 'bytes', 'turns'))
test('protobuf: every recorded conversation with calls sent ahead and answers in one write', () =>
  replayAll(names, totals, 'joined', 'ahead'))

for (const name of ['pb-start-and-reuse', 'pb-exit-from-access'])
  test(`protobuf: ${name}, cut once at every index`, async () => {
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
