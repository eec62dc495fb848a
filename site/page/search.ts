type Entry = readonly [place: string, page: string, heading: string, text: string]

declare global {
  var documentation: readonly Entry[] | undefined
}

const most = 12

/** Finds headings and text while somebody types; the keys are those of every such box. */
export function search(root: string): void {
  const input = document.querySelector<HTMLInputElement>('#search')
  const list = document.querySelector<HTMLElement>('#found')
  if (input === null || list === null) return
  let chosen = -1

  const show = (entries: readonly Entry[]) => {
    chosen = -1
    list.replaceChildren(...entries.map((entry, at) => optionFor(entry, at, root, input.value)))
    if (entries.length === 0) list.append(nothing(input.value))
    list.hidden = input.value.trim() === ''
    input.setAttribute('aria-expanded', String(!list.hidden))
    input.removeAttribute('aria-activedescendant')
  }
  const choose = (step: number) => {
    const options = [...list.querySelectorAll<HTMLElement>('[role=option]')]
    if (options.length === 0) return
    chosen = (chosen + step + options.length) % options.length
    for (const [at, option] of options.entries()) option.setAttribute('aria-selected', String(at === chosen))
    options[chosen]?.scrollIntoView({ block: 'nearest' })
    input.setAttribute('aria-activedescendant', options[chosen]?.id ?? '')
  }
  const close = () => {
    list.hidden = true
    input.setAttribute('aria-expanded', 'false')
  }

  input.addEventListener('focus', () => loadIndex(root), { once: true })
  input.addEventListener('input', async () => {
    await loadIndex(root)
    show(find(input.value, globalThis.documentation ?? []))
  })
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') choose(1)
    else if (event.key === 'ArrowUp') choose(chosen === -1 ? 0 : -1)
    else if (event.key === 'Enter')
      list.querySelectorAll<HTMLElement>('[role=option]')[Math.max(chosen, 0)]?.click()
    else if (event.key === 'Escape') close()
    else return
    event.preventDefault()
  })
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea')
    if (event.key !== '/' || typing) return
    event.preventDefault()
    input.focus()
  })
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Node) || !input.parentElement?.contains(event.target)) close()
  })
}

/** Entries that have every word; best where the heading has them, and where it begins with them. */
function find(query: string, entries: readonly Entry[]): readonly Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  return entries
    .map((entry) => ({ entry, score: scoreOf(entry, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ entry }) => entry)
}

function scoreOf([place, page, heading, text]: Entry, words: readonly string[]): number {
  const [inHeading, inPage, inText] = [heading.toLowerCase(), page.toLowerCase(), text.toLowerCase()]
  let score = place.includes('#') ? 0 : 2
  for (const word of words) {
    if (inHeading === word) score += 100
    else if (inHeading.startsWith(word)) score += 40
    else if (inHeading.includes(word)) score += 25
    else if (inPage.includes(word)) score += 8
    else if (inText.includes(word)) score += 3
    else return 0
  }
  return score
}

let loading: Promise<void> | undefined

function loadIndex(root: string): Promise<void> {
  loading ??= new Promise((resolve) => {
    const script = document.createElement('script')
    script.src = `${root}assets/search.js`
    script.addEventListener('load', () => resolve())
    script.addEventListener('error', () => resolve())
    document.head.append(script)
  })
  return loading
}

function optionFor(
  [place, page, heading, text]: Entry,
  at: number,
  root: string,
  query: string,
): HTMLElement {
  const option = document.createElement('a')
  option.href = root + place
  option.id = `found-${at}`
  option.role = 'option'
  option.tabIndex = -1
  option.ariaSelected = 'false'
  option.append(
    part('strong', heading),
    part('span', page === heading ? '' : page),
    part('small', around(text, query)),
  )
  return option
}

function nothing(query: string): HTMLElement {
  const note = part('p', `Nothing has all words of “${query}”.`)
  note.role = 'option'
  note.ariaDisabled = 'true'
  return note
}

function part(tag: string, text: string): HTMLElement {
  const element = document.createElement(tag)
  element.textContent = text
  return element
}

/** The words around the first one that was found. */
function around(text: string, query: string): string {
  const [word = ''] = query.toLowerCase().split(/\s+/).filter(Boolean)
  const at = Math.max(0, text.toLowerCase().indexOf(word))
  const from = at < 40 ? 0 : text.indexOf(' ', at - 40) + 1
  return `${from > 0 ? '… ' : ''}${text.slice(from, from + 120)}`
}
