/**
 * What a plugin server can do wrong: `refused` takes no connection, `closed` ends one with a command under way, `silent`
 * does not answer in time, `unreadable` speaks no or another protocol, `no-instance` says that it does not know the
 * instance, `error` is an error reply of MsgPack:1.
 */
export type PeerFault = 'refused' | 'closed' | 'silent' | 'unreadable' | 'no-instance' | 'error'

/** A command that the plugin server did not carry out; the message is the rest of a sentence about it. */
export class PeerError extends Error {
  override readonly name = 'PeerError'
  readonly fault: PeerFault

  constructor(fault: PeerFault, message: string) {
    super(message)
    this.fault = fault
  }
}
