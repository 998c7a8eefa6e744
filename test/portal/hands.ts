import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'
import en from '../../portal/src/words/en.json' with { type: 'json' }
import zh from '../../portal/src/words/zh.json' with { type: 'json' }

/** How somebody uses a page: the words that are looked for, and what presses and types. */

type Words = { readonly [name: string]: string | Words }
const every: Readonly<Record<string, Words>> = { en, 'zh-CN': zh }
export type Language = 'en' | 'zh-CN'

/** The words of a page in a language, by their key; what goes into them is given. */
export function wordsIn(language: Language) {
  return (key: string, values: Readonly<Record<string, string>> = {}): string => {
    let found: string | Words | undefined = every[language]
    for (const name of key.split('.')) found = typeof found === 'object' ? found[name] : undefined
    assert(typeof found === 'string', `${language} has no ${key}`)
    return found.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => values[name] ?? assert.fail(name))
  }
}

/** Uses what it is given, which has to be on the page. */
export interface Hand {
  press(target: Locator): Promise<void>
  type(target: Locator, text: string): Promise<void>
  check(target: Locator): Promise<void>
}

export const mouse: Hand = {
  press: (target) => target.click(),
  type: async (target, text) => {
    await target.click()
    await target.fill(text)
  },
  check: (target) => target.check(),
}

/** More fields than these are before nothing. */
const tabsMax = 90

/** The keyboard and nothing else: what the Tab key does not reach is not there. */
export function keyboard(page: Page): Hand {
  const goTo = async (target: Locator) => {
    await target.waitFor()
    for (let tabs = 0; tabs < tabsMax; tabs++) {
      if (await target.evaluate((one) => one === document.activeElement)) return
      await page.keyboard.press('Tab')
    }
    assert.fail(`${target} is not reached by keys`)
  }
  return {
    press: async (target) => {
      await goTo(target)
      await page.keyboard.press('Enter')
    },
    type: async (target, text) => {
      await goTo(target)
      await page.keyboard.press('Control+A')
      await page.keyboard.insertText(text)
    },
    check: async (target) => {
      await goTo(target)
      await page.keyboard.press('Space')
      assert.equal(await target.isChecked(), true)
    },
  }
}

/** Whatever the address bar has shown, one after the other: places that were passed count too. */
export function watchScreens(page: Page): readonly string[] {
  const seen: string[] = []
  page.on('framenavigated', (frame) => {
    if (frame !== page.mainFrame()) return
    const { pathname, searchParams, protocol } = new URL(frame.url())
    const tab = searchParams.get('tab')
    const screen = tab === null ? pathname : `${pathname} ${tab}`
    if (protocol === 'http:' && seen.at(-1) !== screen) seen.push(screen)
  })
  return seen
}
