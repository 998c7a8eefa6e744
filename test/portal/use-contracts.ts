import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { ready } from './portal-world.ts'
import { lookAt, type Opened } from './use-pages.ts'

/** What somebody with a key of an EVM service does with contracts. */

const script = '<script>window.ran = 1</script>'
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const field = (page: Page, name: string | RegExp) => page.getByLabel(name, { exact: true })
const ann = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const bob = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'

const tabOf = ({ world: { address, sandbox } }: Opened) =>
  `${address}/services/coin?tab=contracts&ledger=${sandbox}`

async function givesKey(opened: Opened): Promise<void> {
  const { page, world } = opened
  await page.goto(tabOf(opened))
  await ready(page)
  const { apiKey } = JSON.parse(readFileSync(world.file('coin.credential'), 'utf8'))
  const wrong = [
    ['', /is empty/],
    [script, /no API key/],
    [apiKey.replace('test_', 'live_'), /of the other environment/],
    [`test_${'A'.repeat(43)}`, /No credential has this key/],
  ] as const
  for (const [text, fault] of wrong) {
    await field(page, 'API key').fill(text)
    await press(page, 'Use this key')
    await page.locator('.field').getByText(fault).waitFor()
    assert.equal(await field(page, 'API key').inputValue(), text)
  }
  await field(page, 'API key').fill(apiKey)
  await press(page, 'Use this key')
  await page.getByText('The node signs for it with the account').waitFor()
}

/** What the contract told: what was sent just now, and page by page what came before. */
async function listsEvents({ page, world }: Opened): Promise<void> {
  const head = page.getByRole('heading', { name: 'Events', exact: true })
  const events = page.locator('section', { has: head })
  const issued = events.getByRole('listitem').filter({ hasText: 'Issued' })
  await issued.getByText('"12"').waitFor()
  const { apiKey } = JSON.parse(readFileSync(world.file('coin.credential'), 'utf8'))
  const shop = `${world.address}/api/v1/ledgers/${world.sandbox}/services/coin/contracts/shop`
  for (let i = 0; i < 12; i++) {
    const answer = await fetch(`${shop}/send/issue`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ args: { to: bob, amount: String(100 + i), note: '' } }),
    })
    assert.ok(answer.ok, await answer.text())
  }
  // Nobody asked for them: the page looks by itself.
  await events.getByText('"111"').first().waitFor()
  const before = await events.getByRole('listitem').count()
  assert.equal(before, 20)
  await events.getByRole('button', { name: 'Show older events' }).click()
  await issued.getByText('"12"').waitFor()
  assert.ok((await events.getByRole('listitem').count()) > before)
  assert.equal(await events.getByRole('button', { name: 'Show older events' }).count(), 0)
}

/** Template, constructor, deployment, calls and answers: from the description of the contract. */
export async function deploysTemplate(_t: TestContext, opened: Opened): Promise<void> {
  const { page } = opened
  await givesKey(opened)
  await field(page, 'What to deploy').selectOption('points')
  await press(page, 'Compile')
  await field(page, 'tokenName (string)').fill(`Shop ${script}`)
  await field(page, 'tokenSymbol (string)').fill('SHP')
  const account = field(page, 'issuingAccount (address)')
  const own = await account.inputValue()
  assert.match(own, /^0x[0-9a-fA-F]{40}$/)
  await account.fill('0x12')
  await field(page, 'Name in the service').fill('-')
  await press(page, 'Deploy')
  await page.getByRole('heading', { name: '2 fields need another look' }).waitFor()
  await lookAt(page, '/contracts wrong')
  await account.fill(own)
  await field(page, 'Name in the service').fill('shop')
  const sent: string[] = []
  const count = (one: { method(): string; url(): string }) =>
    one.method() === 'POST' && one.url().endsWith('/contracts') && sent.push(one.url())
  page.on('request', count)
  await page.getByRole('button', { name: 'Deploy', exact: true }).dblclick()
  await page.getByText('It is called shop in this service.').waitFor()
  await page.getByRole('heading', { name: /^It holds: signed by/ }).waitFor()
  page.off('request', count)
  assert.equal(sent.length, 1)
  assert.equal(await page.locator('.steps > li[data-state="held"]').count(), 4)
  await lookAt(page, '/contracts deployed')

  await page.getByRole('link', { name: 'Open shop' }).click()
  await page.waitForURL(/contract=shop/)
  await field(page, 'Function').selectOption('issue')
  await page.waitForURL(/function=issue/)
  await field(page, 'to (address)').fill(ann)
  await field(page, 'amount (uint256)').fill('1.5')
  await field(page, 'note (string)').fill(script)
  await press(page, 'Send')
  await page
    .locator('.field')
    .getByText(/Write a whole number: 0/)
    .waitFor()
  await field(page, 'amount (uint256)').fill('12')
  await page.context().setOffline(true)
  await press(page, 'Send')
  await page.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  assert.equal(await field(page, 'amount (uint256)').inputValue(), '12')
  await page.context().setOffline(false)
  await press(page, 'Send')
  await page.getByRole('region', { name: 'Issued' }).getByText('"12"').first().waitFor()
  await page.getByRole('heading', { name: /^It holds: signed by/ }).waitFor()
  await listsEvents(opened)
  await field(page, 'Function').selectOption('balanceOf')
  await field(page, 'account (address)').fill(ann)
  await press(page, 'Ask')
  await page.getByRole('region', { name: 'Answer' }).getByText('12', { exact: true }).waitFor()
  await lookAt(page, '/contracts called')
  // What the contract says no to, in its own words.
  await field(page, 'Function').selectOption('redeem')
  await field(page, 'amount (uint256)').fill('99')
  await press(page, 'Send')
  await page.getByRole('heading', { name: 'The contract refused the call' }).waitFor()
  await page.getByText(/ERC20InsufficientBalance/).waitFor()
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
}

/** Writes a contract that does not compile, is led to the place, and mends it. */
export async function writesSource(_t: TestContext, opened: Opened): Promise<void> {
  const { page, world } = opened
  await page.getByRole('link', { name: 'All contracts' }).click()
  await page.getByRole('link', { name: 'shop' }).waitFor()
  await page.evaluate(() => {
    globalThis.refused = []
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      globalThis.refused.push(`${violatedDirective} ${blockedURI}`),
    )
  })
  await field(page, 'What to deploy').selectOption({ label: 'Your own source' })
  const editor = page.getByRole('textbox', { name: 'Solidity of Notes.sol' })
  await editor.waitFor()
  writeFileSync(world.file('notes.txt'), script)
  const upload = page.locator('input[type=file]')
  await upload.setInputFiles(world.file('notes.txt'))
  await page.getByText('notes.txt is no Solidity file').waitFor()
  const source = [
    '// SPDX-License-Identifier: MIT',
    `// 会 ${script}`,
    'contract Bad { uint public value = ; }',
  ]
  writeFileSync(world.file('Bad.sol'), source.join('\n'))
  await upload.setInputFiles(world.file('Bad.sol'))
  await press(page, 'Compile')
  await page.getByRole('heading', { name: 'It does not compile: 1 problem' }).waitFor()
  await lookAt(page, '/contracts broken')
  await page.getByRole('button', { name: /^Bad\.sol, line 3, column 36/ }).click()
  const bad = page.getByRole('textbox', { name: 'Solidity of Bad.sol' })
  await bad.and(page.locator(':focus')).waitFor()
  await page.keyboard.type('7')
  await press(page, 'Compile')
  await page.getByText('Bad.sol:Bad').waitFor()
  await press(page, 'Deploy')
  await page.getByText('It is called bad in this service.').waitFor()
  // The editor brings style and marks of its own: the policy refuses none of it.
  assert.deepEqual(await page.evaluate(() => globalThis.refused), [])
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
  // Tab leaves the editor: nobody is caught in it.
  await bad.focus()
  await page.keyboard.press('Tab')
  assert.equal(await bad.and(page.locator(':focus')).count(), 0)
}
