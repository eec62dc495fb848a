import { useEffect, useRef, useState } from 'preact/hooks'
import type { AdminError } from '../../fake-kong/configure.ts'
import type { PluginConfig } from '../inspector/api.ts'
import { announce } from './announcer.tsx'
import { isAdminError, saveConfig } from './api.ts'
import { isErrorOf, listErrors, listFields } from './field-help.ts'
import { FieldList } from './field-list.tsx'
import { readJson } from './json-place.ts'
import { Fault } from './parts.tsx'
import { visible } from './text.ts'

type Trouble = { readonly refusal: AdminError } | { readonly sentence: string }

export function ConfigEditor({ plugin, onSaved }: { plugin: PluginConfig; onSaved: () => void }) {
  const written = JSON.stringify(plugin.given, null, 2)
  const [text, setText] = useState(written)
  const [trouble, setTrouble] = useState<Trouble>()
  const base = useRef(written)
  const area = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (text === base.current) setText(written)
    base.current = written
  }, [written])
  const json = readJson(text)
  const isObject =
    json.ok && typeof json.value === 'object' && json.value !== null && !Array.isArray(json.value)
  const save = async (event: Event) => {
    event.preventDefault()
    if (!json.ok) {
      setTrouble(undefined)
      return goTo(area.current, json)
    }
    try {
      const answer = await saveConfig(plugin.id, json.value as object)
      if (isAdminError(answer)) return setTrouble({ refusal: answer })
      base.current = text
      setTrouble(undefined)
      announce('Saved: the next request runs with it.')
      onSaved()
    } catch (error) {
      setTrouble({ sentence: (error as Error).message })
    }
  }
  const undo = () => {
    setText(written)
    setTrouble(undefined)
  }
  const errors = trouble && 'refusal' in trouble ? listErrors(trouble.refusal.fields) : []
  const fields = listFields(plugin.fields)
  const homeless = errors.filter((error) => !fields.some((field) => isErrorOf(error, field)))
  return (
    <form class="config" onSubmit={save}>
      <h2>
        {visible(plugin.name)} {plugin.isEdited && <span class="tag accent">edited</span>}
      </h2>
      <p class="quiet">
        On {visible(plugin.scope)}
        {!plugin.enabled && ', disabled'}.{' '}
        {plugin.isEdited
          ? 'Edited on this page: kong.yml is unchanged.'
          : 'What is saved here is used at once, and no file is changed.'}
      </p>
      <div class="field">
        <label for="config-text">Config, as JSON</label>
        <textarea
          id="config-text"
          ref={area}
          rows={Math.min(24, Math.max(8, text.split('\n').length + 1))}
          spellcheck={false}
          value={text}
          aria-invalid={!isObject || trouble !== undefined}
          aria-describedby="config-problem"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <div id="config-problem">
        {!json.ok && (
          <p class="fault">
            Line {json.line}, column {json.column}: {json.reason}.
          </p>
        )}
        {json.ok && !isObject && <p class="fault">A config is an object, in braces.</p>}
        {trouble && (
          <Fault>{'refusal' in trouble ? visible(trouble.refusal.message) : trouble.sentence}</Fault>
        )}
        {homeless.length > 0 && (
          <ul class="fault">
            {homeless.map(({ path, message }) => (
              <li key={path}>
                {path && <code>{visible(path)}: </code>}
                {visible(message)}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div class="actions">
        <button type="submit" class="main" disabled={json.ok && !isObject}>
          Save
        </button>
        <button type="button" disabled={text === written} onClick={undo}>
          Undo
        </button>
      </div>
      <FieldList fields={fields} errors={errors} />
      <details class="effective">
        <summary>As the plugin gets it, with the schema's defaults</summary>
        <pre class="block">{JSON.stringify(plugin.effective, null, 2)}</pre>
      </details>
    </form>
  )
}

/** Puts the cursor where the text goes wrong. */
function goTo(area: HTMLTextAreaElement | null, { line, column }: { line: number; column: number }): void {
  if (!area) return
  const before = area.value.split('\n').slice(0, line - 1)
  const at = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1
  area.focus()
  area.setSelectionRange(at, at + 1)
}
