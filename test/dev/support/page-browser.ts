import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import * as assert from 'uvu/assert'

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Where a Chromium usually lies; undefined where there is none. */
export function findChromium(): string | undefined {
  return usual.find((file) => existsSync(file))
}

export function launchChromium(executablePath: string): Promise<Browser> {
  // Chromium's sandbox refuses to be started by root
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}

/** Keeps a picture of the page, for a person to look at. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await page.locator('.detail h2').waitFor()
  await page.screenshot({ path: `dist/test/inspector-${name}.png` })
}

export interface Visit extends BrowserContextOptions {
  readonly browser: Browser
  /** The page's server, without a slash at the end. */
  readonly address: string
  /** Behind `#`. */
  readonly place?: string
  /** Complaints of the browser that belong to the test. */
  readonly allowed?: RegExp
}

/** Shows the page to `look`, and then fails where the browser complained or something was asked of another host. */
export async function visit(options: Visit, look: (page: Page) => Promise<void>): Promise<void> {
  const { browser, address, place = '/requests', allowed, ...context } = options
  const opened = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    timezoneId: 'UTC',
    ...context,
  })
  const complaints: string[] = []
  opened.on('console', (message) => message.type() !== 'log' && complaints.push(message.text()))
  opened.on('weberror', (error) => complaints.push(String(error.error())))
  opened.on('request', (request) => {
    if (new URL(request.url()).origin !== address) complaints.push(`asked ${request.url()}`)
  })
  try {
    const page = await opened.newPage()
    page.setDefaultTimeout(20_000)
    await page.goto(`${address}/#${place}`)
    await page.getByText('Connected', { exact: true }).waitFor()
    await look(page)
    assert.equal(
      complaints.filter((text) => !allowed?.test(text)),
      [],
    )
  } finally {
    await opened.close()
  }
}
