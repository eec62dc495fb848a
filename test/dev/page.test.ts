import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadPage } from '../../src/dev/page-assets.ts'
import { listFaintTexts, listObstacles, overhang } from './support/page-audit.ts'
import { takePicture } from './support/page-browser.ts'
import { broken, changed, hostile, plain } from './support/page-records.ts'
import { phone, testPages } from './support/page-suite.ts'

test('loadPage: bundles once, without an address of anywhere else', async () => {
  const page = await loadPage()
  assert.is(await loadPage(), page)
  assert.match(page.html, /<script type="module" src="\/page.js">/)
  assert.ok(page.script.length > 10_000 && page.style.length > 5_000)
  // Preact knows what namespaces are called, and the empty list gives an example
  const known = /^(http:\/\/www\.w3\.org|http:\/\/127\.0\.0\.1)$/
  for (const text of Object.values(page))
    for (const [found] of text.matchAll(/(?:https?:)?\/\/[\w.-]+\.\w+/g)) assert.match(found, known)
})

testPages((pages) => {
  test('inspector page: the list has what came, and shows at once what comes', () =>
    pages.show('/requests', async (page) => {
      const rows = page.getByRole('region', { name: 'Requests' }).getByRole('listitem')
      await rows.nth(12).waitFor()
      const name =
        '201 success POST /orders?draft=1 18.4 ms 10:00:16 route hello-route consumer alice host 127.0.0.1:8000'
      await page.getByRole('link', { name, exact: true }).waitFor()
      const running = plain(20, { url: '/slow', state: 'running', status: undefined, duration: undefined })
      pages.server.push(running)
      await page.getByRole('link', { name: '/slow' }).getByText('running').waitFor()
      pages.server.push(plain(20, { url: '/slow', status: 503 }))
      await page.getByRole('link', { name: '/slow' }).getByText('503 server error').waitFor()
      assert.match(await rows.first().innerText(), /\/slow/)
      assert.is(await rows.count(), 14)
    }))

  test('inspector page: the list filters, pauses and clears', () =>
    pages.show('/requests', async (page) => {
      const rows = page.getByRole('region', { name: 'Requests' }).getByRole('listitem')
      await rows.nth(12).waitFor()
      await page.getByRole('searchbox').fill('post ALICE')
      await page.getByText('1 of 13 requests').waitFor()
      await page.getByRole('searchbox').fill('')
      await page.getByRole('combobox', { name: 'Filter by status' }).selectOption('5xx')
      await page.getByText('1 of 13 requests').waitFor()
      assert.match(await rows.innerText(), /\/broken/)
      await page.getByRole('combobox', { name: 'Filter by status' }).selectOption('all')
      await page.getByRole('button', { name: 'Pause' }).click()
      pages.server.push(plain(21), plain(22))
      await page.getByRole('button', { name: 'Resume (2 new)' }).waitFor()
      assert.is(await rows.count(), 13)
      await page.getByRole('button', { name: 'Resume' }).click()
      await rows.nth(14).waitFor()
      await page.getByRole('button', { name: 'Clear' }).click()
      await page.getByText(`curl -i http://127.0.0.1:8000/`).waitFor()
      assert.ok(pages.server.asked.includes('DELETE /api/requests'))
    }))

  test('inspector page: 200 requests and a burst of 300 more leave the newest 200', () => {
    pages.server.setRequests(Array.from({ length: 200 }, (_, index) => plain(index + 1)))
    return pages.show('/requests', async (page) => {
      await page.getByText('200 requests').waitFor()
      pages.server.push(...Array.from({ length: 300 }, (_, index) => plain(index + 201)))
      await page.getByRole('link', { name: '/items/500?' }).waitFor()
      await page.getByText('200 requests').waitFor()
      assert.is(await page.locator('.rows a').count(), 200)
    })
  })

  test('inspector page: a lost connection is shown, and made again', () =>
    pages.show(
      '/requests',
      async (page) => {
        await page.getByRole('link', { name: '/broken' }).waitFor()
        pages.server.setDown(true)
        await page.getByText('Connection lost, trying again', { exact: true }).waitFor()
        pages.server.push(plain(30, { url: '/meanwhile' }))
        pages.server.setDown(false)
        await page.getByText('Connected', { exact: true }).waitFor()
        await page.getByRole('link', { name: '/meanwhile' }).waitFor()
      },
      { allowed: /Failed to load resource|ERR_/ },
    ))

  test('inspector page: the header says what runs, and what does not as it is saved', () =>
    pages.show('/requests', async (page) => {
      const header = page.getByRole('banner')
      await header.getByText('http://127.0.0.1:8000').waitFor()
      assert.match(
        await header.innerText(),
        /built-in echo[\s\S]*hello\/plugin\.ts release 3[\s\S]*access, log/,
      )
      await header.getByText('1 note on kong.yml').click()
      await header.getByText('rate-limiting is not run').waitFor()
      const text = 'plugin.ts:4:2: ERROR: Unexpected "<b>"\n\n    4 │ <b>'
      pages.server.setState({ problems: [{ source: 'examples/hello/plugin.ts', text }] })
      const alert = header.getByRole('alert')
      await alert.getByText('examples/hello/plugin.ts').waitFor()
      assert.is(await alert.locator('pre').innerText(), text)
      pages.server.setState({ problems: [] })
      await alert.getByText('ERROR').waitFor({ state: 'detached' })
    }))

  test('inspector page: the timeline marks the calls of one round trip, and keeps one scale', () =>
    pages.show('/requests/12', async (page) => {
      const handler = page.locator('.handler', { hasText: 'key-guard' })
      await handler.getByText('release 1, 6 calls in 3 round trips, returned').waitFor()
      const names = await page.locator('.handler h3').allInnerTexts()
      assert.ok(names.indexOf('service echo') > names.indexOf('access key-guard'), names.join(', '))
      await page.getByText('127.0.0.1:40001, began to answer with 200').waitFor()
      const shared = handler.locator('.trip.shared')
      assert.is(await shared.count(), 1)
      assert.match(
        await shared.innerText(),
        /Round trip 3: 4 calls[\s\S]*authenticate[\s\S]*clear_header[\s\S]*set_header/,
      )
      assert.match(
        await handler.innerText(),
        /kong\.request\.get_header\("x-key"\)[\s\S]*"it's secret"[\s\S]*1\.10 ms[\s\S]*0\.40 ms/,
      )
      // 18.4 ms are the whole: 2.2 and 8.9 ms on it, in different handlers and groups, and a zero to measure from
      const left = async (name: string) => {
        const track = page.locator('.line', { hasText: name }).locator('.track')
        const [bar, line] = [await track.locator('.stretch').boundingBox(), await track.boundingBox()]
        return {
          share: ((bar?.x ?? 0) - (line?.x ?? 0)) / (line?.width ?? 0),
          zero: line?.x,
          width: line?.width,
        }
      }
      const [single, grouped] = [await left('load_consumer'), await left('clear_header')]
      assert.ok(Math.abs(single.share - 2.2 / 18.4) < 0.01, `${single.share}`)
      assert.ok(Math.abs(grouped.share - 4.1 / 18.4) < 0.01, `${grouped.share}`)
      assert.equal([single.zero, single.width], [grouped.zero, grouped.width])
    }))

  test('inspector page: the request that came is held against the one that went on', () =>
    pages.show('/requests/12/request', async (page) => {
      const rowOf = (name: string) => page.getByRole('row', { name, exact: false })
      await rowOf('Method changed POST PUT').waitFor()
      await rowOf('Path changed by key-guard /orders?draft=1 /v2/orders').waitFor()
      await rowOf("x-key removed by key-guard it's secret").waitFor()
      await rowOf('x-consumer-username added by key-guard none alice').waitFor()
      assert.not(await rowOf('x-tag').isVisible())
      await page.getByText('2 headers by Kong').click()
      await rowOf('x-tag changed one two one').waitFor()
      const lines = page.locator('.lines li')
      assert.equal(await lines.filter({ hasText: 'count' }).allInnerTexts(), [
        '-\nremoved:\n  "count": 1,',
        '+\nadded:\n  "count": 2,',
      ])
      await page.getByRole('tab', { name: 'Response' }).click()
      await rowOf('x-hello-from-ts added by hello').waitFor()
      await rowOf('Status changed 200 201').waitFor()
      assert.equal(await lines.allInnerTexts(), ['first', '-\nremoved:\nsecond', '+\nadded:\nnext', 'third'])
      await page.getByRole('tab', { name: 'Log' }).click()
      await rowOf('warn hello [hello] the order was a draft').waitFor()
    }))

  test("inspector page: an exception has the author's lines, and Kong's words where a call raised", () =>
    pages.show('/requests/13', async (page) => {
      await page.getByText("TypeError: Cannot read properties of undefined (reading 'name')").waitFor()
      await page.getByText('examples/hello/plugin.ts:9:27').waitFor()
      assert.match(
        await page.locator('.source .failing').innerText(),
        /9\s*failing line:\s*kong\.response\.setHeader/,
      )
      assert.is(await page.locator('.source li').count(), 4)
      await page.getByText('Kong raised: kong.response.set_header: header name must be a string').waitFor()
    }))

  test('inspector page: a request is sent again, edited, and then shown', () =>
    pages.show('/requests/12', async (page) => {
      await page.getByRole('link', { name: 'Send again' }).click()
      await page.getByLabel('Path and query').fill('orders')
      await page.getByRole('button', { name: 'Send' }).click()
      await page.getByRole('alert').getByText('Path and query has to begin with a slash').waitFor()
      await page.getByLabel('Path and query').fill('/orders?draft=0')
      await page.getByLabel('Headers').fill('host: shop.example\nx-key: other')
      await page.getByLabel('Body').fill('{"item":"coffee"}')
      await page.getByLabel('over TLS').check()
      await page.getByRole('button', { name: 'Send' }).click()
      await page.getByRole('heading', { name: 'POST /orders?draft=0' }).waitFor()
      assert.match(page.url(), /#\/requests\/14$/)
      assert.equal(pages.server.sent, [
        {
          method: 'POST',
          url: '/orders?draft=0',
          headers: [
            ['host', 'shop.example'],
            ['x-key', 'other'],
          ],
          body: '{"item":"coffee"}',
          tls: true,
        },
      ])
    }))

  test('inspector page: a new request needs no other one', () =>
    pages.show('/send', async (page) => {
      await page.getByLabel('Path and query').fill('/new')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'GET /new' }).waitFor()
      assert.equal(pages.server.sent, [{ method: 'GET', url: '/new', headers: [], body: '' }])
    }))

  test('inspector page: a request is copied as curl and exported as a test', () =>
    pages.show(
      '/requests/12',
      async (page) => {
        await page.getByRole('button', { name: 'Copy as curl' }).click()
        await page.getByRole('button', { name: 'Copied' }).waitFor()
        const copied = await page.evaluate(() => navigator.clipboard.readText())
        assert.match(
          copied,
          /^curl -i [\s\S]*'http:\/\/127\.0\.0\.1:8000\/orders\?draft=1'[\s\S]*it'\\''s secret/,
        )
        await page.getByRole('button', { name: 'Export as test' }).click()
        const dialog = page.getByRole('dialog', { name: 'Request 12 as a test' })
        await dialog.getByText("// request 12, key-guard\ntest('<b>it</b>', () => {})").waitFor()
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          dialog.getByRole('link', { name: 'Download' }).click(),
        ])
        assert.is(file.suggestedFilename(), 'request-12.test.ts')
        await page.keyboard.press('Escape')
        await dialog.waitFor({ state: 'detached' })
        assert.match(page.url(), /#\/requests\/12$/)
      },
      { permissions: ['clipboard-read', 'clipboard-write'], acceptDownloads: true },
    ))

  test("inspector page: a config is saved, with the schema's errors at its fields", () =>
    pages.show(
      '/plugins',
      async (page) => {
        await page.getByRole('link', { name: 'hello route hello-route' }).click()
        const area = page.getByLabel('Config, as JSON')
        assert.is(await area.inputValue(), '{\n  "message": "good day"\n}')
        await page.getByText('What is said to the host.').waitFor()
        await area.fill('{\n  "message": \n}')
        await page.getByText('Line 3, column 1: a value was expected, not }').waitFor()
        await page.getByRole('button', { name: 'Save' }).click()
        assert.is(
          await area.evaluate((element: HTMLTextAreaElement) => element.selectionStart),
          '{\n  "message": \n'.length,
        )
        await area.fill('{"message": 7, "denied": [1], "extra": true}')
        pages.server.refuse({
          code: 2,
          name: 'schema violation',
          message: '3 schema violations (config.message: expected a string)',
          fields: {
            config: { message: 'expected a string', denied: ['not <b>text</b>'], extra: 'unknown field' },
          },
        })
        await page.getByRole('button', { name: 'Save' }).click()
        await page.getByRole('alert').getByText('3 schema violations').waitFor()
        const fields = page.locator('.fields li.wrong')
        assert.match(await fields.first().innerText(), /message string[\s\S]*expected a string/)
        assert.match(
          await fields.nth(1).innerText(),
          /denied array of string[\s\S]*denied\[1\]: not <b>text<\/b>/,
        )
        await page.getByText('extra: unknown field').waitFor()
        pages.server.refuse(undefined)
        await area.fill('{"message": "good night"}')
        await page.getByRole('button', { name: 'Save' }).click()
        await page.getByText('Edited on this page: kong.yml is unchanged.').waitFor()
        assert.is(await fields.count(), 0)
        await page.getByRole('link', { name: 'hello route hello-route edited' }).waitFor()
        assert.is(await area.inputValue(), '{\n  "message": "good night"\n}')
      },
      { allowed: /status of 400/ },
    ))

  test('inspector page: everything is reached by keys alone', () =>
    pages.show('/requests', async (page) => {
      await page.getByRole('link', { name: '/broken' }).waitFor()
      const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '')
      const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key)
      }
      await press('/')
      await page.keyboard.type('/')
      await press('Backspace', 'ArrowDown')
      assert.match(await focused(), /\/broken/)
      await press('j', 'j')
      assert.match(await focused(), /\/items\/11/)
      await press('k', 'ArrowUp', 'ArrowDown')
      assert.match(await focused(), /\/orders/)
      await press('Enter')
      await page.waitForFunction(() => document.activeElement?.tagName === 'H2')
      await press('Tab')
      assert.is(await focused(), 'Send again')
      await press('Tab', 'Tab', 'Tab')
      assert.is(await focused(), 'Timeline')
      await press('ArrowRight')
      await page.getByRole('tab', { name: 'Request', selected: true }).waitFor()
      await press('End')
      await page.getByRole('tab', { name: 'Log', selected: true }).waitFor()
      assert.match(await focused(), /^Log/)
      await press('Escape')
      await page.waitForFunction(() => document.activeElement?.closest('.rows'))
      assert.match(await focused(), /\/orders/)
      assert.match(page.url(), /#\/requests$/)
    }))

  test('inspector page: hostile bytes are text, and long ones are cut until a person wants them', () => {
    pages.server.setRequests([hostile, changed])
    return pages.show('/requests/14', async (page) => {
      await page.getByRole('button', { name: 'show all 50,002 characters of argument 2' }).click()
      await page.getByRole('button', { name: 'show less of argument 2' }).waitFor()
      await page.getByRole('tab', { name: 'Request' }).click()
      await page.getByText('1 unchanged header').click()
      await page
        .getByRole('row', { name: 'x-markup' })
        .getByText('<script>window.pwned = true</script>')
        .waitFor()
      await page.getByRole('row', { name: 'x-turned' }).getByText('abc\\u202edef\u2407').waitFor()
      await page.getByRole('row', { name: '__proto__ removed polluted' }).waitFor()
      await page.getByText('90.0 kB, its start is shown, then 64.0 kB, not text').waitFor()
      await page
        .getByRole('button', { name: /show all 64,0\d\d characters/ })
        .first()
        .click()
      await page.getByRole('tab', { name: 'Log' }).click()
      await page.getByRole('button', { name: /show all 20,0\d\d characters/ }).waitFor()
      assert.is(await page.evaluate(() => 'pwned' in window), false)
      assert.is(await page.evaluate(overhang), 0)
    })
  })

  test('inspector page: nothing in its way for those who hear it or read it in low contrast', async () => {
    const places = ['/requests', '/requests/12', '/requests/12/request', '/requests/12/log', '/requests/13']
    for (const colorScheme of ['light', 'dark'] as const)
      for (const place of [...places, '/send/12', '/plugins/p-hello'])
        await pages.show(
          place,
          async (page) => {
            const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
            assert.is(ground, colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 27)')
            await page.locator('.rows a').first().waitFor()
            if (place === '/requests/12') await takePicture(page, colorScheme)
            pages.server.setState({ problems: [{ source: 'plugin.ts', text: 'ERROR' }] })
            await page.getByRole('alert').getByText('ERROR').waitFor()
            if (place !== '/requests') await page.locator('.detail :is(h2, form)').first().waitFor()
            assert.equal(await page.evaluate(listFaintTexts), [], `${colorScheme} ${place}`)
            assert.equal(await page.evaluate(listObstacles), [], place)
          },
          { colorScheme },
        )
  })

  test('inspector page: a phone shows the list, then what is in it, and never more than its width', () => {
    pages.server.setRequests([plain(1), hostile, broken, changed])
    return pages.show(
      '/requests',
      async (page) => {
        await page.getByRole('link', { name: '/orders' }).waitFor()
        assert.is(await page.evaluate(overhang), 0)
        await page.getByRole('link', { name: '/orders' }).click()
        await page.getByRole('heading', { name: 'POST /orders' }).waitFor()
        assert.not(await page.getByRole('link', { name: '/broken' }).isVisible())
        await page.getByText('Round trip 3: 4 calls').waitFor()
        await takePicture(page, 'phone')
        const places = ['/requests/12/request', '/requests/12/log', '/requests/13', '/requests/14']
        for (const place of [...places, '/requests/14/request', '/send/14', '/plugins', '/plugins/p-hello']) {
          await page.goto(`${pages.server.address}/#${place}`)
          await page.locator('.detail h2:visible, .of-plugins a:visible').first().waitFor()
          assert.is(await page.evaluate(overhang), 0, place)
        }
        await page.getByRole('link', { name: 'Back to the list' }).click()
        await page.getByRole('link', { name: 'key-guard' }).waitFor()
      },
      phone,
    )
  })
})

test.run()
