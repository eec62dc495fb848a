import { useEffect, useRef, useState } from 'preact/hooks'
import { mainPlugin } from '../inspector/main-plugin.ts'
import type { RecordedRequest } from '../inspector/record.ts'
import { readTest, testAddress } from './api.ts'
import { useLoaded } from './hooks.ts'
import { CopyButton, Fault } from './parts.tsx'
import { visible } from './text.ts'

/** A request as a test of kong-ts-pdk/testing, to copy or to keep: of one plugin, which a person may choose. */
export function TestDialog({ request, onClose }: { request: RecordedRequest; onClose: () => void }) {
  const { id, plugins } = request
  const dialog = useRef<HTMLDialogElement>(null)
  const [plugin, setPlugin] = useState(() => mainPlugin(request))
  const { value: text, error } = useLoaded(() => readTest(id, plugin), [id, plugin])
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} aria-labelledby="test-title" onClose={onClose}>
      <h2 id="test-title">Request {id} as a test</h2>
      {plugins.length > 1 && (
        <div class="field">
          <label for="test-plugin">Plugin</label>
          <select
            id="test-plugin"
            value={plugin}
            onChange={(event) => setPlugin(plugins[event.currentTarget.selectedIndex])}
          >
            {plugins.map((name) => (
              <option key={name} value={name}>
                {visible(name)}
              </option>
            ))}
          </select>
        </div>
      )}
      {error && <Fault>{error}</Fault>}
      {text !== undefined && <pre class="block">{text}</pre>}
      <div class="actions">
        {text !== undefined && (
          <>
            <CopyButton text={text}>Copy</CopyButton>
            <a class="button" href={testAddress(id, plugin)} download={`request-${id}.test.ts`}>
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
