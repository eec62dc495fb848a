import type { Header } from '../inspector/record.ts'
import { By, Mark, SideHeads, type SideNames } from './change-table.tsx'
import { diffHeaders, type HeaderChange } from './diff.ts'
import { LongText, Unseen } from './parts.tsx'
import type { PluginChanges } from './plugin-changes.ts'
import { plural, visible } from './text.ts'

interface HeadersOptions {
  readonly names: SideNames
  readonly before: readonly Header[]
  /** Absent where there is but one side. */
  readonly after: readonly Header[] | undefined
  /** Who made the changes, or all the headers of a single side; absent where nobody on the way did. */
  readonly changes: PluginChanges | undefined
}

/** Headers with what became of them: by plugins first, then by Kong, then those that stayed. */
export function HeaderChanges({ names, before, after, changes }: HeadersOptions) {
  const isSingle = after === undefined
  const rows = diffHeaders(before, after ?? before)
  if (changes === undefined) return <HeaderTable names={names} rows={rows} isSingle />
  const made = rows.filter(({ change }) => isSingle || change !== 'same')
  const [own, others] = [
    made.filter(({ name }) => changes.ofHeader(name).length > 0),
    made.filter(({ name }) => changes.ofHeader(name).length === 0),
  ]
  const same = rows.filter((row) => !made.includes(row))
  return (
    <>
      {own.length > 0 ? (
        <HeaderTable names={names} rows={own} isSingle={isSingle} changes={changes} />
      ) : (
        <p class="hint">No plugin {isSingle ? 'set' : 'changed'} a header.</p>
      )}
      {others.length > 0 && (
        <details class="others" open={own.length === 0}>
          <summary>
            {plural(others.length, 'header')} by Kong
            {!changes.isComplete && ', or by calls that were not kept'}
          </summary>
          <HeaderTable names={names} rows={others} isSingle={isSingle} />
        </details>
      )}
      {same.length > 0 && (
        <details class="others">
          <summary>{plural(same.length, 'unchanged header')}</summary>
          <HeaderTable names={names} rows={same} isSingle />
        </details>
      )}
    </>
  )
}

interface TableOptions {
  readonly names: SideNames
  readonly rows: readonly HeaderChange[]
  readonly isSingle: boolean
  readonly changes?: PluginChanges
}

function HeaderTable({ names, rows, isSingle, changes }: TableOptions) {
  if (rows.length === 0) return <p class="hint">No headers.</p>
  return (
    <table class="changes">
      <SideHeads names={names} first="Header" isSingle={isSingle} />
      <tbody>
        {rows.map(({ name, change, before, after }) => (
          <tr key={name} class={change}>
            <th scope="row">
              {visible(name)}
              {change !== 'same' && <Mark change={change} />}
              {changes && <By plugins={changes.ofHeader(name)} />}
            </th>
            <Values name={name} values={before} />
            {!isSingle && <Values name={name} values={after} />}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Values({ name, values }: { name: string; values: readonly string[] }) {
  return (
    <td>
      {values.length === 0 && <Unseen>none</Unseen>}
      {values.map((value, index) => (
        <div key={index}>
          <LongText text={value} name={name} />
        </div>
      ))}
    </td>
  )
}
