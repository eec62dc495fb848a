import type { DevState, PluginConfig } from '../inspector/api.ts'
import { listPlugins } from './api.ts'
import { ConfigEditor } from './config-editor.tsx'
import { useLoaded } from './hooks.ts'
import { Fault } from './parts.tsx'
import { addressOf } from './place.ts'
import { visible } from './text.ts'

/** The plugins with their configurations, and the one that is edited. */
export function Plugins({ chosen, state }: { chosen: string | undefined; state: DevState | undefined }) {
  const { value: plugins, error, reload } = useLoaded(listPlugins, [state])
  const plugin = plugins?.find(({ id }) => id === chosen)
  return (
    <>
      <section class="pane list" aria-label="Plugins">
        {error && <Fault>{error}</Fault>}
        {plugins?.length === 0 && <p class="hint">No plugin is configured.</p>}
        <ul class="rows of-plugins">
          {plugins?.map((one) => (
            <PluginRow key={one.id} plugin={one} isChosen={one.id === chosen} />
          ))}
        </ul>
      </section>
      <section class="pane detail" aria-label="Configuration">
        {chosen !== undefined && (
          <a class="back" href="#/plugins">
            Back to the list
          </a>
        )}
        {plugin && <ConfigEditor key={plugin.id} plugin={plugin} onSaved={reload} />}
        {!plugin && plugins && (
          <p class="hint">
            {chosen === undefined
              ? 'Choose a plugin to see and edit its config.'
              : 'There is no such plugin any more.'}
          </p>
        )}
      </section>
    </>
  )
}

function PluginRow({ plugin, isChosen }: { plugin: PluginConfig; isChosen: boolean }) {
  const { id, name, scope, enabled, isEdited } = plugin
  return (
    <li>
      <a href={addressOf({ view: 'plugins', id })} aria-current={isChosen ? 'true' : undefined}>
        <strong>{visible(name)}</strong>
        <span class="more-facts">
          <span>{visible(scope)}</span> {!enabled && <span>disabled</span>}
        </span>
        {isEdited && <span class="tag accent">edited</span>}
      </a>
    </li>
  )
}
