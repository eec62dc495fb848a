const key = 'kong-ts-pdk-theme'
const dark = matchMedia('(prefers-color-scheme: dark)')

/** The reader's choice; that of the system where there is none. */
export function applyTheme(): void {
  const chosen = stored()
  if (chosen !== null) document.documentElement.dataset.theme = chosen
}

export function themeButton(): void {
  document.querySelector('button.theme')?.addEventListener('click', () => {
    const now = document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light')
    const next = now === 'dark' ? 'light' : 'dark'
    document.documentElement.dataset.theme = next
    store(next)
  })
}

/** A browser may refuse to keep anything for a page from a file. */
function stored(): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function store(theme: string): void {
  try {
    localStorage.setItem(key, theme)
  } catch {
    // Then the choice holds for this page.
  }
}
