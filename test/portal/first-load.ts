import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { ready } from './portal-world.ts'

/** What a first visit may load of script, compressed. */
const scriptBytesMax = 250 * 1024

/** The start page on an empty cache: how much script, and how soon it is painted and answers. */
export async function firstLoad(
  t: TestContext,
  browser: Browser,
  { address }: { readonly address: string },
) {
  const { bytes, files, paintMs, answerMs } = await measureFirstLoad(browser, address)
  t.diagnostic(`script ${Math.round(bytes / 1024)} KiB in ${files} files`)
  t.diagnostic(`largest paint ${Math.round(paintMs)} ms, slowest answer ${Math.round(answerMs)} ms`)
  assert.ok(bytes > 50_000, `${bytes} bytes: that was not the page`)
  assert.ok(bytes <= scriptBytesMax, `${bytes} bytes of script, at most ${scriptBytesMax}`)
}

/** Of a visit with nothing in the cache, by a gateway that has a service `flights`. */
export async function measureFirstLoad(browser: Browser, address: string) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const scripts = new Map<string, Promise<number>>()
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return
    const size = response.request().sizes()
    scripts.set(
      response.url(),
      size.then(({ responseBodySize }) => responseBodySize),
    )
  })
  await page.goto(address)
  await ready(page)
  // The largest paint is told once nothing larger comes.
  await page.waitForTimeout(500)
  const bytes = (await Promise.all(scripts.values())).reduce((sum, one) => sum + one, 0)
  const files = scripts.size
  const paintMs = await page.evaluate(largestPaintMs)
  const answerMs = await slowestAnswer(page)
  await context.close()
  return { bytes, files, paintMs, answerMs }
}

function largestPaintMs(): Promise<number> {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => {
      resolve(list.getEntries().at(-1)?.startTime ?? Number.NaN)
    }).observe({ type: 'largest-contentful-paint', buffered: true })
  })
}

/** From a click or a key until the page shows what it did, over the things that people do most. */
async function slowestAnswer(page: Page): Promise<number> {
  await page.evaluate(() => {
    globalThis.slowestMs = 0
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        globalThis.slowestMs = Math.max(globalThis.slowestMs, duration)
      }
    }).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit)
  })
  for (const name of ['Explore', 'City nodes', 'Alliance', 'Audit', 'Services']) {
    await page.getByRole('navigation').getByRole('link', { name, exact: true }).click()
    await ready(page)
  }
  await page.keyboard.press('/')
  await page.keyboard.type('flights')
  await page.getByRole('dialog').getByRole('link').first().waitFor()
  await page.keyboard.press('Escape')
  return page.evaluate(() => globalThis.slowestMs)
}

declare global {
  var slowestMs: number
}
