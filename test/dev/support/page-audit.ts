// Runs inside the page: each function is sent there as it is, and so uses nothing from outside itself.

/** Texts whose contrast with what lies behind them is below 4.5 to 1 (WCAG 2, AA), with the ratio. */
export function listFaintTexts(): readonly string[] {
  type Colour = readonly [red: number, green: number, blue: number, alpha: number]
  const colourOf = (text: string): Colour => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number)
    return [red, green, blue, alpha]
  }
  const light = ([red, green, blue]: Colour) => {
    const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const groundOf = (element: Element | null): Colour => {
    if (!element) throw new Error('Nothing opaque lies behind the text')
    const ground = colourOf(getComputedStyle(element).backgroundColor)
    return ground[3] === 1 ? ground : groundOf(element.parentElement)
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found: string[] = []
  let seen = 0
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement
    if (
      !element?.checkVisibility() ||
      node.textContent?.trim() === '' ||
      element.closest(':disabled, .unseen')
    )
      continue
    seen++
    const [text, ground] = [light(colourOf(getComputedStyle(element).color)), light(groundOf(element))]
    const ratio = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05)
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${element.className}: ${node.textContent?.slice(0, 40)}`)
  }
  if (seen < 20) throw new Error(`Only ${seen} texts are to be seen`)
  return found
}

/** What somebody who cannot see the page would stumble over. */
export function listObstacles(): readonly string[] {
  const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)]
  const byId = (ids: string | null) => (ids ?? '').split(' ').map((id) => document.getElementById(id))
  const nameOf = (element: HTMLElement) =>
    element.getAttribute('aria-label') ??
    byId(element.getAttribute('aria-labelledby'))
      .map((label) => label?.textContent)
      .join('')
      .concat(...[...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent ?? ''))
      .concat(element.matches('input, select, textarea') ? '' : (element.textContent ?? ''))
  const html = (element: Element) => element.outerHTML.slice(0, 120)
  const nameless = all('a, button, input, select, textarea, summary, dialog, section, nav, [role]')
    .filter((element) => !element.matches('section:not([aria-label]), [role=status], [role=alert]'))
    .filter((element) => nameOf(element).trim() === '')
    .map((element) => `without a name: ${html(element)}`)
  const ids = all('[id]').map(({ id }) => id)
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `id twice: ${id}`)
  const lost = ['for', 'aria-controls', 'aria-describedby', 'aria-labelledby', 'list'].flatMap((name) =>
    all(`[${name}]`)
      .filter((element) => byId(element.getAttribute(name)).includes(null))
      .map((element) => `${name} leads nowhere: ${html(element)}`),
  )
  const levels = all('h1, h2, h3, h4').map(({ tagName }) => Number(tagName[1]))
  const jumps = levels
    .filter((level, at) => level > (levels[at - 1] ?? 0) + 1)
    .map((level) => `h${level} jumps`)
  const styled = all('[onclick], [onload], [onerror]').map((element) => `inline script: ${html(element)}`)
  const single = all('h1').length === 1 && all('main').length === 1 && document.documentElement.lang === 'en'
  return [
    ...nameless,
    ...twice,
    ...lost,
    ...jumps,
    ...styled,
    ...(single ? [] : ['not one h1, main and lang']),
  ]
}

/** How far the page is wider than what shows it, in pixels. */
export function overhang(): number {
  return document.documentElement.scrollWidth - document.documentElement.clientWidth
}
