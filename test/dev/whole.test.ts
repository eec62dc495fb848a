import { readFileSync, writeFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Project } from '../testing/support/project.ts'
import { ask, copyExample, type DevProcess, startDev } from './support/dev.ts'
import { findChromium, launchChromium, visit } from './support/page-browser.ts'

const executable = findChromium()
if (executable === undefined) {
  console.log('The inspector page is not tested with the gateway here: install Chromium.')
  test.skip('inspector: works in Chromium with the gateway', () => {})
} else testWhole(executable)

test.run()

/** The page as `kong-ts dev` serves it, with what really happens in the gateway. */
function testWhole(executable: string): void {
  const example = copyExample('hello')
  const source = readFileSync(example.file, 'utf8')
  let browser: Browser
  let dev: DevProcess

  test.before(async () => {
    browser = await launchChromium(executable)
    dev = await startDev([example.file])
  })
  test.before.each(() => writeFileSync(example.file, source))
  test.after(async () => {
    await browser.close()
    const code = await dev.stop()
    example.remove()
    assert.equal([code, dev.errors()], [0, ''])
  })

  test('inspector: a request is in the list, its calls in the timeline, and it can be sent again, edited', () =>
    visit({ browser, address: dev.page }, async (page) => {
      await ask(`${dev.gateway}/orders?page=2`, { headers: { host: 'shop.example' } })
      await page.getByRole('link', { name: '/orders?page=2' }).click()
      const handler = page.locator('.handler', { hasText: 'hello' })
      await handler.getByText('kong.request.get_header').waitFor()
      assert.match(await handler.innerText(), /"TypeScript says hello to shop\.example"/)
      await page.screenshot({ path: 'dist/test/gateway-request.png' })
      await page.getByRole('tab', { name: 'Response' }).click()
      await page.getByText('x-hello-from-ts').first().waitFor()
      await page.getByRole('link', { name: 'Send again' }).click()
      const headers = page.getByRole('textbox', { name: 'Headers' })
      await headers.fill('host: other.example')
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      await page.locator('.handler').getByText('other.example').first().waitFor()
    }))

  test('inspector: a test that it exports passes, and fails when the plugin changes', () =>
    visit({ browser, address: dev.page }, async (page) => {
      await ask(`${dev.gateway}/export`, { headers: { host: 'shop.example' } })
      await page.getByRole('link', { name: '/export' }).click()
      await page.getByRole('button', { name: 'Export as test' }).click()
      const text = await page.getByRole('dialog').locator('pre, textarea').first().innerText()
      const project = new Project()
      const outcome = (plugin: string) => {
        project.write('hello.ts', plugin)
        project.write('hello.test.ts', text)
        return project.node('--test', 'hello.test.ts')
      }
      try {
        const { status, output } = outcome(source)
        assert.is(status, 0, output)
        assert.is(outcome(source.replace('TypeScript says', 'Somebody says')).status, 1)
      } finally {
        project.remove()
      }
    }))

  test('inspector: a save that does not compile is on the page with its line, until it does', () =>
    visit({ browser, address: dev.page }, async (page) => {
      writeFileSync(example.file, source.replace('async access', 'async acc ess'))
      const alert = page.getByRole('alert')
      await alert.getByText('hello.ts:7:').waitFor()
      writeFileSync(example.file, source)
      await alert.getByText('hello.ts:7:').waitFor({ state: 'detached' })
    }))

  test('inspector: a handler that throws is shown with its source', () =>
    visit({ browser, address: dev.page }, async (page) => {
      const fault = "\n    if (host === 'bad') throw new Error('no such shop')"
      writeFileSync(example.file, source.replace("'nobody'", `'nobody'${fault}`))
      while ((await ask(`${dev.gateway}/throws`, { headers: { host: 'bad' } })).status !== 500);
      await page
        .getByRole('link', { name: /^500 .*\/throws/ })
        .first()
        .click()
      await page.getByText('no such shop').first().waitFor()
      await page.getByText("if (host === 'bad') throw").first().waitFor()
      await page.screenshot({ path: 'dist/test/gateway-failure.png' })
    }))
}
