import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeReference } from '../../site/api/reference.ts'
import { buildSite } from '../../site/build.ts'
import { overhang } from '../dev/support/page-audit.ts'
import { findChromium, launchChromium } from '../dev/support/page-browser.ts'

const site = resolve('dist/test/docs')
const pictures = 'dist/docs-screenshots'
const widths = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } }
const schemes = ['light', 'dark'] as const

/** What a page shows that another one does not: long tables, charts, code, the reference. */
const shown = [
  'index',
  'testing',
  'performance',
  'errors',
  'kong-versions',
  'deploy/docker',
  'move/go-pdk',
  'examples/jwt-auth',
  'api/index',
  'api/kong-ts-pdk',
  'api/kong/request',
  'source/examples/hello/plugin.ts',
]

const executable = findChromium()
if (executable === undefined) {
  console.log('The documentation is not looked at here: install Chromium, as with apt-get install chromium.')
  test.skip('documentation: is looked at in Chromium', () => {})
} else look(executable)

test.run()

function look(chromium: string): void {
  let browser: Browser
  test.before(async () => {
    const { pages, placeOf } = await writeReference('.')
    await buildSite({ root: '.', generated: pages, placeOf }, site)
    rmSync(pictures, { recursive: true, force: true })
    mkdirSync(pictures, { recursive: true })
    browser = await launchChromium(chromium)
  })
  test.after(() => browser.close())

  /** Opens pages from their files, and fails where one complained or asked for something of elsewhere. */
  async function visit(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext(options)
    const complaints: string[] = []
    context.on('console', (message) => complaints.push(message.text()))
    context.on('weberror', (error) => complaints.push(String(error.error())))
    context.on('request', (request) => {
      if (!request.url().startsWith(pathToFileURL(site).href)) complaints.push(`asked ${request.url()}`)
    })
    try {
      const page = await context.newPage()
      page.setDefaultTimeout(20_000)
      await use(page)
      assert.equal(complaints, [])
    } finally {
      await context.close()
    }
  }

  const open = (page: Page, file: string) => page.goto(pathToFileURL(`${site}/${file}`).href)

  for (const [device, viewport] of Object.entries(widths)) {
    const context = device === 'phone' ? { viewport, isMobile: true, hasTouch: true } : { viewport }

    test(`documentation: no page is wider than a ${device}, nor asks for anything, nor complains`, () =>
      visit(context, async (page) => {
        for (const file of files('.html')) {
          await open(page, file)
          for (const colorScheme of schemes) {
            await page.emulateMedia({ colorScheme })
            assert.is(await page.evaluate(overhang), 0, `${file} ${colorScheme}`)
          }
        }
      }))

    for (const colorScheme of schemes)
      test(`documentation: on a ${device} in ${colorScheme} axe finds nothing, and a picture is kept`, () =>
        visit({ ...context, colorScheme }, async (page) => {
          for (const name of shown) {
            await open(page, `${name}.html`)
            await page.screenshot({
              path: `${pictures}/${name.replaceAll('/', '-')}-${device}-${colorScheme}.png`,
            })
            assert.equal(await axe(page), [], name)
          }
        }))
  }

  test('documentation: the search finds a function by its name, with keys alone', () =>
    visit({ viewport: widths.desktop }, async (page) => {
      await open(page, 'deploy/docker.html')
      await page.keyboard.press('/')
      await page.keyboard.type('kong.request.getHeader')
      await page.getByRole('option').first().waitFor()
      await page.keyboard.press('ArrowDown')
      await page.screenshot({ path: `${pictures}/search-desktop-light.png` })
      assert.equal(await axe(page), [])
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/api\/kong\/request\.html#kongrequestgetheader$/)
      assert.is(await page.locator('h2:target').innerText(), 'kong.request.getHeader #')
    }))

  test('documentation: the search says so where nothing is found, and closes', () =>
    visit({ viewport: widths.phone }, async (page) => {
      await open(page, 'index.html')
      await page.getByRole('combobox').fill('zebra crossing')
      await page.getByText('Nothing has all words of').waitFor()
      assert.is(await page.evaluate(overhang), 0)
      await page.keyboard.press('Escape')
      await page.getByText('Nothing has all words of').waitFor({ state: 'hidden' })
    }))

  test('documentation: on a phone the navigation opens, and leads to a page', () =>
    visit({ viewport: widths.phone, isMobile: true, hasTouch: true }, async (page) => {
      await open(page, 'index.html')
      const link = page.getByRole('navigation', { name: 'Documentation' }).getByRole('link', { name: 'Helm' })
      assert.not(await link.isVisible())
      await page.getByRole('button', { name: 'Menu' }).click()
      await page.screenshot({ path: `${pictures}/menu-phone-light.png` })
      await link.click()
      await page.getByRole('heading', { level: 1, name: 'With Helm' }).waitFor()
    }))

  test('documentation: the button changes between light and dark, and the choice stays', () =>
    visit({ viewport: widths.desktop, colorScheme: 'light' }, async (page) => {
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      await open(page, 'index.html')
      const light = await ground()
      await page.getByRole('button', { name: 'Change between light and dark' }).click()
      const dark = await ground()
      assert.is.not(dark, light)
      await open(page, 'watch.html')
      assert.is(await ground(), dark)
    }))

  test('documentation: a wide table scrolls inside its own box, by keys too', () =>
    visit({ viewport: widths.phone }, async (page) => {
      await open(page, 'performance.html')
      const table = page.locator('.table').first()
      await table.focus()
      await page.keyboard.press('ArrowRight')
      await page.waitForFunction(() => (document.querySelector('.table')?.scrollLeft ?? 0) > 0)
    }))

  test('documentation: the first tab stop leads past the navigation', () =>
    visit({ viewport: widths.desktop }, async (page) => {
      await open(page, 'watch.html')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      assert.match(page.url(), /#content$/)
    }))

  test('documentation: its pictures are kept', () => {
    const kept = readdirSync(pictures)
    assert.is(kept.length, shown.length * 4 + 2)
    console.log(`\nNote: ${pictures} has ${kept.length} pictures of the documentation`)
  })
}

/** What axe finds wrong, with the first element of each. */
async function axe(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync('node_modules/axe-core/axe.min.js', 'utf8'))
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await axe.run({ preload: false })
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)
  })
}

function files(ending: string): string[] {
  return readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(ending))
}
