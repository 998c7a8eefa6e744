import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { ready, watch } from './portal-world.ts'

/** Pages in both languages and themes, narrow and wide. SCREENSHOTS=DIR keeps them. */

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

export type Walk = {
  readonly address: string
  readonly paths: readonly string[]
  /** Of somebody who is signed in. */
  readonly storageState?: Awaited<ReturnType<BrowserContext['storageState']>>
}

/** Whatever is wrong on any of the pages, in any of their forms. */
export async function walkPages(browser: Browser, pages: Walk): Promise<string[]> {
  // One walk for each core of the machines that run this.
  const walks = languages.map((language) => walk(browser, pages, language))
  return (await Promise.all(walks)).flat()
}

type Language = (typeof languages)[number]

async function walk(browser: Browser, pages: Walk, language: Language): Promise<string[]> {
  const { address, paths, storageState } = pages
  const by = storageState ? { storageState } : {}
  const context = await browser.newContext({ locale: language, reducedMotion: 'reduce', ...by })
  await loadAxe(context)
  await context.addInitScript(() => {
    globalThis.refused = []
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      globalThis.refused.push(`${violatedDirective} ${blockedURI}`),
    )
  })
  const page = await context.newPage()
  const faults = watch(page, { address })
  for (const path of paths) {
    await page.goto(address + path)
    await ready(page)
    // A page that sends somebody away would be looked at in vain.
    assert.equal(new URL(page.url()).pathname, new URL(address + path).pathname)
    assert.equal(await page.evaluate(() => document.documentElement.lang), language)
    faults.push(...(await look(page, { path, language })))
    const refused = await page.evaluate(() => globalThis.refused)
    faults.push(...refused.map((what) => `${path}: the policy refused ${what}`))
  }
  await end(context)
  return faults
}

/** Has every page of a context know how to look at itself. */
export const loadAxe = (context: BrowserContext) => context.addInitScript({ path: axeFile })

/** The pages go on asking the gateway: what is under way is no fault when they are closed. */
async function end(context: BrowserContext): Promise<void> {
  for (const page of context.pages()) page.removeAllListeners()
  await context.close()
}

type Look = { readonly path: string; readonly language: string }

/** What is wrong on a page as it is now. */
export async function look(page: Page, { path, language }: Look): Promise<string[]> {
  const faults: string[] = []
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme })
    for (const width of widths) {
      const where = `${path} ${language} ${theme} ${width}`
      await page.setViewportSize({ width, height: 900 })
      faults.push(...(await lookOnce(page, theme)).map((what) => `${where}: ${what}`))
      if (screenshots) {
        const name = `${where.replaceAll(/\W+/g, '-')}.png`
        await page.screenshot({ path: join(screenshots, name), fullPage: true })
      }
    }
  }
  return faults
}

async function lookOnce(page: Page, theme: (typeof themes)[number]): Promise<string[]> {
  // What floats over a page is placed anew in the frames after its size changed.
  const room = await page.evaluate(async () => {
    // Below the head of the page, a field that is half covered would seem too small.
    scrollTo(0, 0)
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame)
    return [document.documentElement.scrollWidth, innerWidth]
  })
  const [needed = 0, width = 0] = room
  const found = await page.evaluate(
    async (runOnly) => {
      const { violations } = await axe.run(document, { runOnly, resultTypes: ['violations'] })
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' · ')}`,
      )
    },
    theme === 'light' ? everything : colours,
  )
  return needed > width ? [`needs ${needed} px`, ...found] : found
}
