import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Browser } from 'playwright-core'
import { type PortalWorld, ready } from './portal-world.ts'

const folder = join(import.meta.dirname, '../../docs/screenshots')

/** Whether they are to be made: PICTURES=1 node … --test test/portal/public-pages.test.ts */
export const wantsPictures = process.env.PICTURES === '1'

/** The pictures of the README, of the network that the test has. */
export async function takePictures(
  t: TestContext,
  browser: Browser,
  { address, lastRow }: PortalWorld,
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const pages = [
    ['home', '/'],
    ['entry', `/explore/entries/${lastRow - 1}`],
    ['nodes', '/nodes'],
    ['docs', '/docs'],
  ] as const
  const chinese = spawnSync('fc-list', [':lang=zh'], { encoding: 'utf8' }).stdout
  if (!chinese) t.diagnostic('no font has Chinese letters here: home-zh.png stays as it was')
  const shots = [
    ...pages.map(([name, path]) => ({ name, path, locale: 'en' })),
    ...(chinese ? [{ name: 'home-zh', path: '/', locale: 'zh-CN' }] : []),
  ]
  for (const { name, path, locale } of shots) {
    const viewport = { width: 1280, height: 800 }
    const context = await browser.newContext({ locale, viewport, colorScheme: 'light' })
    const page = await context.newPage()
    await page.goto(address + path)
    await ready(page)
    await page.waitForLoadState('networkidle')
    await page.screenshot({ path: join(folder, `${name}.png`) })
    await context.close()
  }
}
