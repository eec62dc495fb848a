import type { Page } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { exited, frames } from './support/page-odd-records.ts'
import { broken, changed, plain } from './support/page-records.ts'
import { phone, testPages } from './support/page-suite.ts'

testPages((pages) => {
  const focus = (page: Page) => page.locator(':focus')
  const press = async (page: Page, ...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }

  test('inspector page: j, k and the arrows lead along the list of a page that was just opened', async () => {
    await pages.show('/requests', async (page) => {
      await page.getByRole('link', { name: '/broken' }).waitFor()
      await press(page, 'j')
      assert.match(await focus(page).innerText(), /\/broken/)
    })
    await pages.show('/requests', async (page) => {
      await page.getByRole('link', { name: '/broken' }).waitFor()
      await press(page, 'ArrowDown', 'ArrowDown')
      assert.match(await focus(page).innerText(), /\/orders/)
      await press(page, 'End')
      assert.match(await focus(page).innerText(), /\/items\/1\?/)
      await press(page, 'j', 'Home', 'k')
      assert.match(await focus(page).innerText(), /\/broken/)
    })
    await pages.show('/requests/12', async (page) => {
      await page.getByRole('tab', { name: 'Log' }).click()
      await press(page, 'j')
      assert.match(await focus(page).innerText(), /\/items\/11/)
      await page.getByRole('button', { name: 'Export as test' }).click()
      await page.getByRole('dialog').waitFor()
      await press(page, 'k')
      assert.is(await page.locator('.rows :focus').count(), 0)
    })
  })

  test('inspector page: Escape empties the filter, then goes to the list', () =>
    pages.show('/requests', async (page) => {
      await page.getByRole('link', { name: '/broken' }).waitFor()
      await press(page, '/')
      await page.keyboard.type('key-guard')
      await page.getByText('1 of 13 requests').waitFor()
      await press(page, 'Escape')
      await page.getByText('13 requests', { exact: true }).waitFor()
      assert.is(await page.getByRole('searchbox').inputValue(), '')
      await page.getByRole('searchbox').and(focus(page)).waitFor()
      await press(page, 'Escape')
      assert.match(await focus(page).innerText(), /\/broken/)
    }))

  test('inspector page: on a phone, Escape leads from a request that was opened by its address to its row', () =>
    pages.show(
      '/requests/12',
      async (page) => {
        await page.getByRole('heading', { name: '/orders' }).waitFor()
        await press(page, 'Escape')
        await page.locator('.rows a:focus', { hasText: '/orders' }).waitFor()
        assert.match(page.url(), /#\/requests$/)
      },
      phone,
    ))

  test('inspector page: a path is sent as a browser would write it, and the answer has the focus', () =>
    pages.show('/send', async (page) => {
      await page.getByRole('heading', { name: 'New request' }).waitFor()
      assert.is(await focus(page).count(), 0)
      await page.getByLabel('Path and query').fill(' /über uns/%20?q=a b&{x}=€ ')
      await page.getByRole('button', { name: 'Send' }).click()
      const url = '/%C3%BCber%20uns/%20?q=a%20b&{x}=%E2%82%AC'
      await page.getByRole('heading', { name: url }).and(focus(page)).waitFor()
      assert.equal(pages.server.sent, [{ method: 'GET', url, headers: [], body: '' }])
    }))

  test('inspector page: a heading that gets the focus has no frame', () =>
    pages.show('/requests', async (page) => {
      await page.getByRole('link', { name: '/broken' }).waitFor()
      await press(page, 'j', 'Enter')
      const heading = page.getByRole('heading', { name: '/broken' }).and(focus(page))
      await heading.waitFor()
      assert.is(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none')
    }))

  test('inspector page: a request is exported as a test of each of its plugins', () =>
    pages.show('/requests/12', async (page) => {
      await page.getByRole('button', { name: 'Export as test' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('// request 12, key-guard').waitFor()
      assert.equal(await dialog.getByRole('option').allInnerTexts(), ['key-guard', 'hello'])
      await dialog.getByLabel('Plugin').selectOption('hello')
      await dialog.getByText('// request 12, hello').waitFor()
      const download = dialog.getByRole('link', { name: 'Download' })
      assert.is(await download.getAttribute('href'), '/api/requests/12/test?plugin=hello')
      await page.goto(`${pages.server.address}/#/requests/13`)
      await page.getByRole('button', { name: 'Export as test' }).click()
      await dialog.getByText('// request 13, hello').waitFor()
      assert.is(await dialog.getByLabel('Plugin').count(), 0)
    }))

  test('inspector page: what a plugin answered is told from what Kong put to it', () => {
    pages.server.setRequests([exited, broken])
    return pages.show('/requests/15/response', async (page) => {
      await page.getByRole('row', { name: 'Status by guard 401' }).waitFor()
      await page.getByRole('row', { name: 'www-authenticate by guard Key' }).waitFor()
      const kong = page.locator('details', { hasText: '2 headers by Kong' })
      assert.is(await kong.getAttribute('open'), null)
      assert.equal(await kong.locator('tbody th').allTextContents(), ['content-length', 'server'])
      await page.getByRole('heading', { name: 'Body 2 bytes by guard' }).waitFor()
      await page.getByRole('tab', { name: 'Timeline' }).click()
      await page.getByText('release 1, 1 call in 1 round trip, threw').waitFor()
    })
  })

  test('inspector page: JSON in a text is shown on lines when all of it is wanted', () => {
    pages.server.setRequests([exited, broken])
    return pages.show('/requests/15', async (page) => {
      await page.getByRole('button', { name: /^show all \d+ characters of the result$/ }).click()
      assert.match(await page.locator('.formatted').innerText(), /^\{\n {2}"request": \{\n {4}"size": 1,/)
      await page.getByRole('button', { name: 'show less of the result' }).click()
      assert.is(await page.locator('.formatted').count(), 0)
    })
  })

  test('inspector page: the frames of a WebSocket are called so', () => {
    pages.server.setRequests([frames, broken])
    return pages.show('/requests/16/request', async (page) => {
      await page.getByText('These are the raw WebSocket frames').waitFor()
      await page.getByRole('link', { name: '/chat' }).getByText('websocket').waitFor()
      await page.goto(`${pages.server.address}/#/requests/13/response`)
      await page.getByRole('heading', { name: 'Body' }).waitFor()
      assert.is(await page.getByText('raw WebSocket frames').count(), 0)
    })
  })

  test('inspector page: what a schema refused is forgotten where a text is no JSON', () =>
    pages.show(
      '/plugins/p-hello',
      async (page) => {
        const area = page.getByLabel('Config, as JSON')
        const fields = { config: { message: 'expected a string', extra: 'unknown field' } }
        pages.server.refuse({ code: 2, name: 'schema violation', message: '2 schema violations', fields })
        await area.fill('{"message": 7, "extra": true}')
        await page.getByRole('button', { name: 'Save' }).click()
        await page.getByText('2 schema violations').waitFor()
        assert.is(await page.locator('.fields .wrong').count(), 1)
        await area.fill('{"message": }')
        await page.getByRole('button', { name: 'Save' }).click()
        await page.getByText('Line 1, column 13: a value was expected, not }').waitFor()
        assert.is(await page.locator('.fault').count(), 1)
        assert.is(await page.locator('.fields .wrong').count(), 0)
      },
      { allowed: /status of 400/ },
    ))

  test('inspector page: a phone shows the loss of the connection on the line of the title, and addresses whole', () =>
    pages.show(
      '/requests',
      async (page) => {
        await page.getByRole('link', { name: '/broken' }).waitFor()
        const lineHeight = 32
        const title = page.getByRole('heading', { level: 1 })
        pages.server.setState({ upstream: 'http://127.0.0.1:48200' })
        await page.getByText('http://127.0.0.1:48200').waitFor()
        for (const target of await page.locator('.about summary :is(.address, .target):visible').all())
          assert.is((await target.boundingBox())?.height, 20)
        pages.server.setDown(true)
        const lost = page.getByText('Connection lost')
        await lost.waitFor()
        const [high, low] = [await title.boundingBox(), await lost.boundingBox()]
        assert.is(high?.height, lineHeight)
        assert.ok((low?.y ?? 99) + (low?.height ?? 99) <= (high?.y ?? 0) + lineHeight)
        assert.is(await page.evaluate('document.documentElement.scrollWidth'), 390)
      },
      { ...phone, allowed: /Failed to load resource|ERR_/ },
    ))

  test('inspector page: rows have their route and host, and the filter knows plugins and kinds', () => {
    const alike = { url: '/same', plugins: ['limit'] }
    pages.server.setRequests([
      plain(1, { ...alike, route: 'first', host: 'a.example' }),
      plain(2, { ...alike, route: 'second', host: 'b.example', kind: 'websocket' }),
      changed,
    ])
    return pages.show('/requests', async (page) => {
      const rows = page.locator('.rows a')
      // The page shows what it had before until the new ones have come.
      await rows.filter({ hasText: 'a.example' }).waitFor()
      assert.match(await rows.nth(2).innerText(), /first[\s\S]*a\.example/)
      assert.match(await rows.nth(1).innerText(), /websocket[\s\S]*second[\s\S]*b\.example/)
      await page.getByRole('searchbox').fill('limit')
      await page.getByText('2 of 3 requests').waitFor()
      await page.getByRole('searchbox').fill('websocket')
      await page.getByText('1 of 3 requests').waitFor()
    })
  })
})

test.run()
