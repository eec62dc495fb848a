import type { RecordedFailure, RecordedFrame } from '../inspector/record.ts'
import { LongText, Unseen } from './parts.tsx'
import { plural, visible } from './text.ts'

/** What handlers threw, with the author's lines. */
export function Failures({ failures }: { failures: readonly RecordedFailure[] }) {
  return (
    <>
      {failures.map((failure, index) => (
        <Failure key={index} failure={failure} />
      ))}
    </>
  )
}

function Failure({ failure: { plugin, phase, message, frames } }: { failure: RecordedFailure }) {
  const own = frames.filter(({ excerpt }) => excerpt !== undefined)
  const others = frames.filter(({ excerpt }) => excerpt === undefined)
  return (
    <section class="failure">
      <h3>
        {plugin} threw in {phase}
      </h3>
      <p class="message">
        <LongText text={message} limit={1000} name="the message" />
      </p>
      {own.map((frame) => (
        <Excerpt key={frame.text} frame={frame} />
      ))}
      {others.length > 0 && (
        <details open={own.length === 0}>
          <summary>{plural(others.length, own.length === 0 ? 'frame' : 'more frame')}</summary>
          <ul class="frames">
            {others.map(({ text }, index) => (
              <li key={index}>{visible(text)}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

function Excerpt({ frame: { file, line: failing, column, excerpt = [] } }: { frame: RecordedFrame }) {
  return (
    <figure class="excerpt">
      <figcaption>
        {visible(file ?? '')}:{failing}
        {column !== undefined && `:${column}`}
      </figcaption>
      <ol class="source">
        {excerpt.map(({ line, text }) => (
          <li key={line} class={line === failing ? 'failing' : undefined}>
            <span class="line-number">{line}</span>
            {line === failing && <Unseen>failing line: </Unseen>}
            <code>{visible(text)}</code>
          </li>
        ))}
      </ol>
    </figure>
  )
}
