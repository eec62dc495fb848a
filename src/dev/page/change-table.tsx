import { visible } from './text.ts'

/** What both sides of a comparison are called. */
export interface SideNames {
  readonly before: string
  readonly after: string
}

interface HeadOptions {
  readonly names: SideNames
  readonly first: string
  /** Whether there is but one side. */
  readonly isSingle: boolean
}

export function SideHeads({ names, first, isSingle }: HeadOptions) {
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

export function Mark({ change }: { change: 'added' | 'removed' | 'changed' }) {
  return (
    <>
      {' '}
      <span class={`tag ${change}`}>{change}</span>
    </>
  )
}

/** The plugins that did it. */
export function By({ plugins }: { plugins: readonly string[] }) {
  if (plugins.length === 0) return null
  return <span class="by"> by {visible(plugins.join(', '))}</span>
}
