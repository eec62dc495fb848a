import type { ComponentChildren } from 'preact'
import type { RecordedRequest } from '../inspector/record.ts'
import { BodyChange } from './body-change.tsx'
import { By, Mark, SideHeads, type SideNames } from './change-table.tsx'
import { HeaderChanges } from './header-changes.tsx'
import { LongText } from './parts.tsx'
import { pluginChanges } from './plugin-changes.ts'

/** The request as it came against the one that the service got. */
export function RequestChanges({ request }: { request: RecordedRequest }) {
  const { came, sent, handlers } = request
  const names = { before: 'From the client', after: 'To the service' }
  const changes = sent && pluginChanges(handlers, 'request')
  return (
    <>
      {!sent && <p class="hint">No service was asked: this is what the client sent.</p>}
      <Lines names={names} isSingle={!sent}>
        <Line name="Method" before={came.method} after={sent?.method} by={changes?.ofPart('method')} />
        <Line name="Path" before={came.url} after={sent?.url} by={changes?.ofPart('path')} />
        <Line name="Scheme" before={came.scheme} after={sent?.scheme} by={changes?.ofPart('scheme')} />
        {sent && (
          <Line name="Service" before={undefined} after={sent.target} by={changes?.ofPart('service')} isNew />
        )}
      </Lines>
      <HeaderChanges names={names} before={came.headers} after={sent?.headers} changes={changes} />
      <BodyChange
        names={names}
        before={came.body}
        after={sent?.body}
        by={changes?.ofPart('body')}
        isFrames={isOfFrames(request)}
      />
    </>
  )
}

/** The service's response against the one that the client got. */
export function ResponseChanges({ request }: { request: RecordedRequest }) {
  const { answered, response, handlers } = request
  const names = { before: 'From the service', after: 'To the client' }
  const first = answered ?? response
  if (!first) return <p class="hint">There is no response.</p>
  const second = answered && response
  const changes = response && pluginChanges(handlers, 'response')
  return (
    <>
      {!answered && <p class="hint">No service answered: this is what the client got.</p>}
      {!response && <p class="hint">The client got no response: this is what the service answered.</p>}
      <Lines names={names} isSingle={!second}>
        <Line
          name="Status"
          before={String(first.status)}
          after={second && String(second.status)}
          by={changes?.ofPart('status')}
          isNew={!answered}
        />
      </Lines>
      <HeaderChanges names={names} before={first.headers} after={second?.headers} changes={changes} />
      <BodyChange
        names={names}
        before={first.body}
        after={second?.body}
        by={changes?.ofPart('body')}
        isNew={!answered}
        isFrames={isOfFrames(request)}
      />
    </>
  )
}

/** Whether the connection went over to WebSocket. */
function isOfFrames({ kind, answered, response }: RecordedRequest): boolean {
  return kind === 'websocket' && (answered ?? response)?.status === 101
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

interface LineOptions {
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
  /** The plugins whose calls set it. */
  readonly by: readonly string[] | undefined
  /** Whether it was made on the way. */
  readonly isNew?: boolean
}

function Line({ name, before, after, by = [], isNew = false }: LineOptions) {
  const isChanged = !isNew && after !== undefined && after !== before
  return (
    <tr class={isChanged ? 'changed' : undefined}>
      <th scope="row">
        {name}
        {isChanged && <Mark change="changed" />}
        {(isChanged || isNew) && <By plugins={by} />}
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
