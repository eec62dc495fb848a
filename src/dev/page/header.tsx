import { useEffect, useRef } from 'preact/hooks'
import type { DevState, ProgramState } from '../inspector/api.ts'
import { announce } from './announcer.tsx'
import type { Live } from './live.ts'
import type { Place } from './place.ts'
import { plural, visible } from './text.ts'

export function Header({ live, place }: { live: Live; place: Place }) {
  const current = (isHere: boolean) => (isHere ? 'page' : undefined)
  return (
    <header class="top">
      <div class="bar">
        <h1>
          kong-ts <span>inspector {live.state?.version}</span>
        </h1>
        <nav aria-label="Views">
          <a href="#/requests" aria-current={current(place.view === 'requests')}>
            Requests
          </a>
          <a href="#/plugins" aria-current={current(place.view === 'plugins')}>
            Plugins
          </a>
          <a href="#/send" aria-current={current(place.view === 'send')}>
            New request
          </a>
        </nav>
        <Connection live={live} />
      </div>
      {live.state && <About state={live.state} />}
      <Problems problems={live.state?.problems ?? []} />
    </header>
  )
}

function Connection({ live: { connection } }: { live: Live }) {
  const before = useRef(connection)
  useEffect(() => {
    if (connection === 'lost') announce('The connection to the gateway is lost.')
    if (connection === 'open' && before.current === 'lost') announce('The gateway is connected again.')
    before.current = connection
  }, [connection])
  const words = { connecting: 'Connecting', open: 'Connected', lost: 'Connection lost' }[connection]
  return (
    <p class={`connection ${connection}`}>
      {words}
      {connection === 'lost' && <span class="patience">, trying again</span>}
    </p>
  )
}

const isWide = matchMedia('(min-width: 50rem)').matches

function About({ state }: { state: DevState }) {
  const { gateway, upstream, programs, notes } = state
  const others = [gateway.https, gateway.stream].filter((address) => address !== undefined)
  return (
    <details class="about" open={isWide}>
      <summary>
        <span class="address">{gateway.http}</span>
        {others.map((address) => (
          <span class="other" key={address}>
            , <span class="address">{address}</span>
          </span>
        ))}{' '}
        to <span class="target">{visible(upstream)}</span>
      </summary>
      <ul class="programs">
        {programs.map((program) => (
          <Program key={program.file} program={program} />
        ))}
      </ul>
      {notes.length > 0 && (
        <details class="notes">
          <summary>{plural(notes.length, 'note')} on kong.yml</summary>
          <ul>
            {notes.map((note) => (
              <li key={note}>{visible(note)}</li>
            ))}
          </ul>
        </details>
      )}
    </details>
  )
}

function Program({ program: { file, release, protocol, plugins } }: { program: ProgramState }) {
  return (
    <li>
      <span class="file">{visible(file)}</span> <span class="tag accent">release {release}</span>{' '}
      <span class="quiet">{protocol}</span>
      {plugins.map(({ name, version, priority, phases }) => (
        <span class="plugin" key={name}>
          <strong>{name}</strong> {version}, priority {priority}: {phases.join(', ')}
        </span>
      ))}
    </li>
  )
}

/** What is wrong with the files as they are now; gone when they are mended. */
function Problems({ problems }: { problems: DevState['problems'] }) {
  return (
    <div class="problems" role="alert">
      {problems.map(({ source, text }) => (
        <section class="problem" key={source}>
          <h2>{visible(source)} does not run as it is saved</h2>
          <pre>{visible(text)}</pre>
        </section>
      ))}
    </div>
  )
}
