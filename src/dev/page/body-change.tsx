import type { RecordedBody } from '../inspector/record.ts'
import { By, type SideNames } from './change-table.tsx'
import { diffLines, foldLines, type LineChange } from './diff.ts'
import { formatJson } from './json-text.ts'
import { LongText, Unseen } from './parts.tsx'
import { formatSize, plural } from './text.ts'

interface BodyOptions {
  readonly names: SideNames
  readonly before: RecordedBody
  readonly after: RecordedBody | undefined
  /** The plugins whose calls wrote it. */
  readonly by?: readonly string[] | undefined
  /** Whether it was made on the way. */
  readonly isNew?: boolean
  /** Whether it is what went over a WebSocket. */
  readonly isFrames?: boolean
}

/** A body, or what became of it: line by line where both are text. */
export function BodyChange({ names, before, after, by = [], isNew = false, isFrames = false }: BodyOptions) {
  const isSame = after === undefined || (contentOf(before) === contentOf(after) && before.size === after.size)
  return (
    <section class="body">
      <h3>
        Body{' '}
        <span class="quiet">
          {describe(before)}
          {after && (isSame ? ', unchanged' : `, then ${describe(after)}`)}
        </span>
        {(isNew || !isSame) && <By plugins={by} />}
      </h3>
      {isFrames && before.size + (after?.size ?? 0) > 0 && (
        <p class="hint">These are the raw WebSocket frames as they went over the connection, in base64.</p>
      )}
      {isSame ? <Content body={before} name="the body" /> : <Comparison {...{ names, before, after }} />}
    </section>
  )
}

function describe({ size, base64, isCut }: RecordedBody): string {
  if (size === 0) return 'empty'
  return `${formatSize(size)}${base64 === undefined ? '' : ', not text'}${isCut ? ', its start is shown' : ''}`
}

function contentOf({ text, base64 }: RecordedBody): string {
  return text ?? base64 ?? ''
}

function Content({ body, name }: { body: RecordedBody; name: string }) {
  if (body.size === 0) return null
  return (
    <pre class="block">
      <LongText text={contentOf(body)} limit={4000} name={name} />
    </pre>
  )
}

function Comparison({
  names,
  before,
  after,
}: Pick<BodyOptions, 'names' | 'before'> & { after: RecordedBody }) {
  const [old, young] = comparable(before, after)
  const lines = old !== undefined && young !== undefined ? diffLines(old.text, young.text) : undefined
  if (lines)
    return (
      <>
        {old?.isFormatted && <p class="hint">Both are JSON, and formatted here to be compared.</p>}
        <Lines lines={lines} />
      </>
    )
  return (
    <div class="sides">
      {(
        [
          ['before', before],
          ['after', after],
        ] as const
      ).map(([side, body]) => (
        <div key={side}>
          <h4>{names[side]}</h4>
          {body.size === 0 ? (
            <p class="hint">Empty.</p>
          ) : (
            <Content body={body} name={`the body ${names[side]}`} />
          )}
        </div>
      ))}
    </div>
  )
}

interface Comparable {
  readonly text: string
  readonly isFormatted: boolean
}

/** Texts as they are compared: JSON by its members, as it may stand on one line. */
function comparable(before: RecordedBody, after: RecordedBody): readonly [Comparable?, Comparable?] {
  if (before.base64 !== undefined || after.base64 !== undefined) return []
  const [old, young] = [before.text ?? '', after.text ?? '']
  const [oldJson, youngJson] = [formatJson(old), formatJson(young)]
  if (oldJson !== undefined && youngJson !== undefined && oldJson !== youngJson)
    return [
      { text: oldJson, isFormatted: true },
      { text: youngJson, isFormatted: true },
    ]
  return [
    { text: old, isFormatted: false },
    { text: young, isFormatted: false },
  ]
}

const signs = { same: '', added: '+', removed: '-' }

function Lines({ lines }: { lines: readonly LineChange[] }) {
  return (
    <ol class="block lines">
      {foldLines(lines).map((line, index) =>
        line.change === 'left out' ? (
          <li key={index} class="left-out">
            {plural(line.count, 'unchanged line')}
          </li>
        ) : (
          <Line key={index} line={line} />
        ),
      )}
    </ol>
  )
}

function Line({ line: { change, text } }: { line: LineChange }) {
  return (
    <li class={change}>
      <span class="sign" aria-hidden="true">
        {signs[change]}
      </span>
      {change !== 'same' && <Unseen>{change}: </Unseen>}
      <span>
        <LongText text={text} limit={1000} name="the line" />
      </span>
    </li>
  )
}
