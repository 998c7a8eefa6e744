import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type PortalWorld, publicPages, ready, watch } from './portal-world.ts'

/** Every public page in both languages and themes, narrow and wide. SCREENSHOTS=DIR keeps them. */

const axeFile = join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js')
const everything = {
  type: 'tag',
  values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
}
/** Another theme has other colours and nothing else: these are the rules that look at them. */
const colours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }
const screenshots = process.env.SCREENSHOTS
const languages = ['en', 'zh-CN'] as const
const themes = ['light', 'dark'] as const
const widths = [1280, 320] as const

type Violation = { readonly id: string; readonly nodes: readonly { readonly html: string }[] }
declare global {
  var axe: { run(on: Document, how: object): Promise<{ violations: readonly Violation[] }> }
  var refused: string[]
}

/** Whatever is wrong on any of the pages, in any of their forms. */
export async function walkPages(browser: Browser, world: PortalWorld): Promise<string[]> {
  // One walk for each core of the machines that run this.
  const walks = languages.map((language) => walk(browser, world, language))
  return (await Promise.all(walks)).flat()
}

type Language = (typeof languages)[number]

async function walk(browser: Browser, world: PortalWorld, language: Language): Promise<string[]> {
  const context = await browser.newContext({ locale: language, reducedMotion: 'reduce' })
  await context.addInitScript({ path: axeFile })
  await context.addInitScript(() => {
    globalThis.refused = []
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      globalThis.refused.push(`${violatedDirective} ${blockedURI}`),
    )
  })
  const page = await context.newPage()
  const faults = watch(page, world)
  for (const path of publicPages(world)) {
    await page.goto(world.address + path)
    await ready(page)
    assert.equal(await page.evaluate(() => document.documentElement.lang), language)
    for (const theme of themes) faults.push(...(await look(page, { path, theme, language })))
    const refused = await page.evaluate(() => globalThis.refused)
    faults.push(...refused.map((what) => `${path}: the policy refused ${what}`))
  }
  await end(context)
  return faults
}

/** The pages go on asking the gateway: what is under way is no fault when they are closed. */
async function end(context: BrowserContext): Promise<void> {
  for (const page of context.pages()) page.removeAllListeners()
  await context.close()
}

type Look = { readonly path: string; readonly theme: 'light' | 'dark'; readonly language: string }

async function look(page: Page, { path, theme, language }: Look): Promise<string[]> {
  const faults: string[] = []
  await page.emulateMedia({ colorScheme: theme })
  for (const width of widths) {
    const where = `${path} ${language} ${theme} ${width}`
    await page.setViewportSize({ width, height: 900 })
    const needed = await page.evaluate(() => document.documentElement.scrollWidth)
    if (needed > width) faults.push(`${where}: needs ${needed} px`)
    const found = await page.evaluate(
      async (runOnly) => {
        const { violations } = await axe.run(document, { runOnly, resultTypes: ['violations'] })
        return violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' · ')}`,
        )
      },
      theme === 'light' ? everything : colours,
    )
    faults.push(...found.map((what) => `${where}: ${what}`))
    if (screenshots) {
      const name = `${where.replaceAll(/\W+/g, '-')}.png`
      await page.screenshot({ path: join(screenshots, name), fullPage: true })
    }
  }
  return faults
}
