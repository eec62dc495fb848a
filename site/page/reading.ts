/** A button in each block of code that copies it. */
export function copyButtons(): void {
  if (navigator.clipboard === undefined) return
  for (const block of document.querySelectorAll<HTMLElement>('.code')) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'copy'
    button.textContent = 'Copy'
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(block.querySelector('code')?.textContent ?? '')
      button.textContent = 'Copied'
      setTimeout(() => {
        button.textContent = 'Copy'
      }, 2000)
    })
    block.append(button)
  }
}

/** A table or a block that is wider than the page is scrolled by keys too; the others need no stop of the tab key. */
export function reachWide(): void {
  const reach = () => {
    for (const box of document.querySelectorAll<HTMLElement>('.table, .code pre')) {
      const wide = box.scrollWidth > box.clientWidth
      if (wide) box.tabIndex = 0
      else box.removeAttribute('tabindex')
      box.role = wide ? 'group' : null
      box.ariaLabel = wide
        ? box.matches('pre')
          ? 'Code, wider than the page'
          : 'Table, wider than the page'
        : null
    }
  }
  reach()
  addEventListener('resize', reach)
}

/** Marks in "on this page" what is being read. */
export function markPlace(): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('.contents a')]
  const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))))
  const mark = () => {
    const below = headings.findIndex((heading) => (heading?.getBoundingClientRect().top ?? 0) > 120)
    const current = Math.max(0, (below === -1 ? links.length : below) - 1)
    for (const [at, link] of links.entries())
      if (at === current) link.setAttribute('aria-current', 'true')
      else link.removeAttribute('aria-current')
  }
  if (links.length === 0) return
  document.addEventListener('scroll', mark, { passive: true })
  mark()
}

/** Where the navigation is longer than the screen, the page's own place in it is shown. */
export function showPlace(): void {
  const navigation = document.querySelector('.navigation')
  const current = navigation?.querySelector<HTMLElement>('[aria-current]')
  if (navigation && current && current.offsetTop > navigation.clientHeight * 0.8)
    navigation.scrollTop = current.offsetTop - navigation.clientHeight / 3
}
