// The page in Chromium, before a server of its own for each test.
import type { Browser, Page } from 'playwright-core'
import { test } from 'uvu'
import { findChromium, launchChromium, type Visit, visit } from './page-browser.ts'
import { broken, changed, plain } from './page-records.ts'
import { type PageServer, startPageServer } from './page-server.ts'

export interface Pages {
  /** That of the test that runs: it has 13 requests. */
  readonly server: PageServer
  show(place: string, look: (page: Page) => Promise<void>, options?: Partial<Visit>): Promise<void>
}

/** Has `define` declare tests, or tells why there are none. */
export function testPages(define: (pages: Pages) => void): void {
  const executable = findChromium()
  if (executable === undefined) {
    console.log('The inspector page is not tested here: install Chromium, as with apt-get install chromium.')
    test.skip('inspector page: works in Chromium', () => {})
    return
  }
  let browser: Browser
  let server: PageServer
  test.before(async () => {
    browser = await launchChromium(executable)
  })
  test.before.each(async () => {
    server = await startPageServer()
    server.setRequests([...Array.from({ length: 11 }, (_, index) => plain(index + 1)), changed, broken])
  })
  test.after.each(() => server.close())
  test.after(() => browser.close())
  define({
    get server() {
      return server
    },
    show: (place, look, options = {}) => visit({ browser, address: server.address, place, ...options }, look),
  })
}

/** A phone's width. */
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const
