/** What differs from the recordings, by recording and call, and why; all else agrees. */
export interface Exception {
  readonly recording: string
  readonly call: string
  readonly reason: string
}

/** Single calls. */
export const callExceptions: readonly Exception[] = []

/** Requests as a whole. */
export const requestExceptions: readonly Exception[] = [
  {
    recording: 'mp-matrix-preread',
    call: 'kong.response.exit(200,"<256 bytes>",{"content-type":"application/octet-stream"})',
    reason:
      'Kong closes the connection right behind the bytes, with what the client sent unread: the recording client saw the reset first. In `pb-matrix-preread` the same exit reached it.',
  },
]
