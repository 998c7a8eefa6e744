import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import type { startNetwork } from '../cli/bsn.ts'
import { type Hand, type Language, watchScreens, wordsIn } from './hands.ts'

export type FirstSuccess = {
  readonly page: Page
  readonly network: Awaited<ReturnType<typeof startNetwork>>
  readonly language: Language
  readonly hand: Hand
}

const texts = {
  en: { name: 'Ann', organisation: 'Harbour', label: 'laptop' },
  'zh-CN': { name: '王小明', organisation: '港口', label: '笔记本电脑' },
} as const
export const password = 'correct and long enough'

/**
 * From the link that a new network prints to a record whose receipt the browser verified. Returns
 * the API key that was shown on the way.
 */
export async function walkFirstSuccess(walk: FirstSuccess): Promise<string> {
  const { page, network, language, hand } = walk
  const say = wordsIn(language)
  const { name, organisation, label } = texts[language]
  const screens = watchScreens(page)
  const button = (text: string) => page.getByRole('button', { name: text, exact: true })
  const link = (text: string | RegExp) => page.getByRole('link', { name: text, exact: true })
  const field = (key: string) => page.getByLabel(say(key), { exact: true })

  await page.goto(network.setup)
  await hand.type(field('account.name'), name)
  await hand.type(field('account.email'), 'ann@example.org')
  await hand.type(field('account.newPassword'), password)
  await hand.type(field('setup.organisation'), organisation)
  await hand.press(button(say('setup.submit')))

  await hand.press(link(say('firstSuccess.steps.service')))
  await hand.type(field('newService.name'), 'notes')
  await hand.press(button(say('newService.submit')))
  await page.getByText(say('registered.holds')).waitFor()
  await hand.press(link(say('newService.makeKey')))

  await hand.type(field('credentials.label'), label)
  await hand.press(button(say('credentials.makeKey')))
  const apiKey = (await page.locator('.secret code').textContent()) ?? ''
  assert.match(apiKey, /^test_[\w-]{43}$/)
  await page.getByText(say('registered.holds')).waitFor()
  await hand.check(page.getByLabel(say('secret.saved'), { exact: true }))
  await hand.press(button(say('credentials.tryIt')))

  await hand.press(button(say('try.operations.put')))
  const proof = new RegExp(say('try.seeReceipt', { index: '\\d+' }))
  await hand.press(page.getByRole('link', { name: proof }))
  await page.locator('.verdict[data-holds="true"]').waitFor()
  await page.getByRole('heading', { name: say('verify.holds'), exact: true }).waitFor()
  assert.deepEqual(
    await page
      .locator('.verdict .steps > li')
      .evaluateAll((all) => all.map((one) => one.dataset.state)),
    Array(5).fill('held'),
  )
  await page.getByText('world').first().waitFor()

  const [entry = ''] = /\d+$/.exec(screens.at(-1) ?? '') ?? []
  assert.deepEqual(screens, [
    '/setup',
    '/',
    '/new-service',
    '/services/notes credentials',
    '/services/notes try',
    `/explore/entries/${entry}`,
  ])
  return apiKey
}

/** What is done stays done: the list is read from the ledger, and from what was verified here. */
export async function keepsTheList({ page, network, language }: FirstSuccess): Promise<void> {
  const say = wordsIn(language)
  for (const open of [() => page.goto(`${network.address}/`), () => page.reload()]) {
    await open()
    const list = page.locator('.section', { hasText: say('firstSuccess.title') }).locator('li')
    await list.first().waitFor()
    const states = await list.evaluateAll((all) => all.map((one) => one.dataset.state))
    assert.deepEqual(states, ['done', 'done', 'done', 'done'])
  }
}
