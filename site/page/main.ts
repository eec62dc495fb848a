// What a page of the documentation does beside being read. It runs in the head, before anything is painted.
import { copyButtons, markPlace, reachWide, showPlace } from './reading.ts'
import { search } from './search.ts'
import { applyTheme, themeButton } from './theme.ts'

const root = document.currentScript?.dataset.root ?? ''

applyTheme()
document.addEventListener('DOMContentLoaded', () => {
  themeButton()
  menuButton()
  search(root)
  copyButtons()
  reachWide()
  markPlace()
  showPlace()
})

/** On a phone the navigation is behind a button. */
function menuButton(): void {
  const button = document.querySelector('button.menu')
  button?.addEventListener('click', () => {
    const open = document.documentElement.classList.toggle('menu-open')
    button.setAttribute('aria-expanded', String(open))
  })
}
