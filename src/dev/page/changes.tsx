import type { ComponentChildren } from 'preact'
import type { Header, RecordedRequest } from '../inspector/record.ts'
import { BodyChange } from './body-change.tsx'
import { diffHeaders, type HeaderChange } from './diff.ts'
import { LongText, Unseen } from './parts.tsx'
import { plural, visible } from './text.ts'

/** The request as it came against the one that the service got. */
export function RequestChanges({ request: { came, sent } }: { request: RecordedRequest }) {
  const names = { before: 'From the client', after: 'To the service' }
  return (
    <>
      {!sent && <p class="hint">No service was asked: this is what the client sent.</p>}
      <Lines names={names} isSingle={!sent}>
        <Line name="Method" before={came.method} after={sent?.method} />
        <Line name="Path" before={came.url} after={sent?.url} />
        <Line name="Scheme" before={came.scheme} after={sent?.scheme} />
        {sent && <Line name="Service" before={undefined} after={sent.target} isNew />}
      </Lines>
      <Headers names={names} before={came.headers} after={sent?.headers} />
      <BodyChange names={names} before={came.body} after={sent?.body} />
    </>
  )
}

/** The service's response against the one that the client got. */
export function ResponseChanges({ request: { answered, response } }: { request: RecordedRequest }) {
  const names = { before: 'From the service', after: 'To the client' }
  const first = answered ?? response
  if (!first) return <p class="hint">There is no response.</p>
  const second = answered && response
  return (
    <>
      {!answered && <p class="hint">No service answered: this is what the client got.</p>}
      {!response && <p class="hint">The client got no response: this is what the service answered.</p>}
      <Lines names={names} isSingle={!second}>
        <Line name="Status" before={String(first.status)} after={second && String(second.status)} />
      </Lines>
      <Headers names={names} before={first.headers} after={second?.headers} />
      <BodyChange names={names} before={first.body} after={second?.body} />
    </>
  )
}

/** What both sides of a comparison are called. */
export interface SideNames {
  readonly before: string
  readonly after: string
}

interface LinesOptions {
  readonly names: SideNames
  readonly isSingle: boolean
  readonly children: ComponentChildren
}

function Lines({ names, isSingle, children }: LinesOptions) {
  return (
    <table class="changes">
      <SideHeads names={names} first="First line" isSingle={isSingle} />
      <tbody>{children}</tbody>
    </table>
  )
}

function SideHeads({ names, first, isSingle }: { names: SideNames; first: string; isSingle: boolean }) {
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        <th scope="col">{isSingle ? 'Value' : names.before}</th>
        {!isSingle && <th scope="col">{names.after}</th>}
      </tr>
    </thead>
  )
}

interface LineOptions {
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
  readonly isNew?: boolean
}

function Line({ name, before, after, isNew = false }: LineOptions) {
  const isChanged = !isNew && after !== undefined && after !== before
  return (
    <tr class={isChanged ? 'changed' : undefined}>
      <th scope="row">
        {name}
        {isChanged && <Mark change="changed" />}
      </th>
      <td>{before !== undefined && <LongText text={before} name={name} />}</td>
      {after !== undefined && (
        <td>
          <LongText text={after} name={name} />
        </td>
      )}
    </tr>
  )
}

interface HeadersOptions {
  readonly names: SideNames
  readonly before: readonly Header[]
  readonly after: readonly Header[] | undefined
}

function Headers({ names, before, after }: HeadersOptions) {
  const rows = diffHeaders(before, after ?? before)
  const changed = rows.filter(({ change }) => change !== 'same')
  const same = rows.filter(({ change }) => change === 'same')
  if (!after) return <HeaderTable names={names} rows={same} isSingle />
  return (
    <>
      <HeaderTable names={names} rows={changed} isSingle={false} />
      {same.length > 0 && (
        <details class="unchanged">
          <summary>{plural(same.length, 'unchanged header')}</summary>
          <HeaderTable names={names} rows={same} isSingle />
        </details>
      )}
    </>
  )
}

function HeaderTable({
  names,
  rows,
  isSingle,
}: {
  names: SideNames
  rows: readonly HeaderChange[]
  isSingle: boolean
}) {
  if (rows.length === 0) return <p class="hint">{isSingle ? 'No headers.' : 'No header was changed.'}</p>
  return (
    <table class="changes">
      <SideHeads names={names} first="Header" isSingle={isSingle} />
      <tbody>
        {rows.map(({ name, change, before, after }) => (
          <tr key={name} class={change}>
            <th scope="row">
              {visible(name)}
              {change !== 'same' && <Mark change={change} />}
            </th>
            <Values name={name} values={before} />
            {!isSingle && <Values name={name} values={after} />}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Mark({ change }: { change: 'added' | 'removed' | 'changed' }) {
  return (
    <>
      {' '}
      <span class={`tag ${change}`}>{change}</span>
    </>
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
