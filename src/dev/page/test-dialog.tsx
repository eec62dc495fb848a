import { useEffect, useRef } from 'preact/hooks'
import { readTest, testAddress } from './api.ts'
import { useLoaded } from './hooks.ts'
import { CopyButton, Fault } from './parts.tsx'

/** A request as a test of kong-ts-pdk/testing, to copy or to keep. */
export function TestDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const { value: text, error } = useLoaded(() => readTest(id), [id])
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} aria-labelledby="test-title" onClose={onClose}>
      <h2 id="test-title">Request {id} as a test</h2>
      {error && <Fault>{error}</Fault>}
      {text !== undefined && <pre class="block">{text}</pre>}
      <div class="actions">
        {text !== undefined && (
          <>
            <CopyButton text={text}>Copy</CopyButton>
            <a class="button" href={testAddress(id)} download={`request-${id}.test.ts`}>
              Download
            </a>
          </>
        )}
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  )
}
