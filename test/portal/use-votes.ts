import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { ready } from './portal-world.ts'
import { heading, lookAt, type Opened } from './use-pages.ts'

/** What a member of the alliance does with its own key. */

const script = '<script>window.ran = 1</script>'
const chooser = (page: Page) => page.locator('input[type=file]')
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const field = (page: Page, name: string) => page.getByLabel(name, { exact: true })

/** Counts statements that are sent; `stop` says how many there were. */
function countSent(page: Page) {
  const sent: string[] = []
  const count = (one: { method(): string; url(): string; postData(): string | null }) =>
    one.method() === 'POST' && one.url().endsWith('/entries') && sent.push(one.url())
  page.on('request', count)
  return () => {
    page.off('request', count)
    return sent.length
  }
}

/** Votes on what the command line proposed, after every file that is no key of a member. */
export async function votesByKey(_t: TestContext, { page, world }: Opened): Promise<void> {
  const { address, file, home, run } = world
  await page.goto(`${address}/alliance/proposals/rules-1`)
  await ready(page)
  await page.getByRole('heading', { name: 'Vote', exact: true }).waitFor()
  // What is not changed is no part of the change, though the state never had it before.
  const changed = page.locator('.diff tbody')
  await changed.getByRole('row', { name: 'threshold 2/3 3/4' }).waitFor()
  assert.equal(await changed.getByRole('row').count(), 1)
  for (const name of ['rows.json', 'credential']) {
    await chooser(page).setInputFiles(file(name))
    await page.getByText(`${name} is no key file of a member`).waitFor()
  }
  const key = ['alliance', 'key', 'bob', '--out', file('bob.member')]
  assert.equal((await run(...key)).code, 0)
  await chooser(page).setInputFiles(file('bob.member'))
  await page.getByText('no such key of a member bob').waitFor()
  // Somebody else's key under the name of a member.
  const bob = JSON.parse(readFileSync(file('bob.member'), 'utf8'))
  writeFileSync(file('false.member'), JSON.stringify({ ...bob, id: 'admin' }))
  await chooser(page).setInputFiles(file('false.member'))
  await page.getByText('no such key of a member admin').waitFor()
  await lookAt(page, '/vote wrong')

  const profile = JSON.parse(readFileSync(join(home, 'profile.json'), 'utf8'))
  const secret = Buffer.from(profile.member.secret, 'base64url')
  const bodies: Buffer[] = []
  page.on('request', (one) => bodies.push(one.postDataBuffer() ?? Buffer.from(one.url())))
  await chooser(page).setInputFiles(join(home, 'profile.json'))
  await page.getByText('You sign as admin').waitFor()
  await field(page, 'Your vote').selectOption('yes')
  await page.route('**/entries', (route) => route.abort('internetdisconnected'))
  await press(page, 'Sign and send the vote')
  await page.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  await page.unroute('**/entries')
  const sent = countSent(page)
  await page.getByRole('button', { name: 'Sign and send the vote' }).dblclick()
  await page.getByText(/^Your vote is registered: Entry/).waitFor()
  await page.getByRole('heading', { name: 'It holds' }).waitFor()
  assert.equal(sent(), 1)
  // The key stays where it is.
  const isIn = (bytes: Buffer) => [secret, profile.member.secret].some((one) => bytes.includes(one))
  assert.ok(bodies.length > 0 && !bodies.some(isIn))
  await page.getByText('executed', { exact: true }).first().waitFor()
  const { stdout } = await run('alliance', 'show', 'rules-1', '--json')
  const { votes } = JSON.parse(stdout)
  assert.deepEqual(
    votes.map(({ member, choice }: Record<string, string>) => `${member} ${choice}`),
    ['admin yes'],
  )
}

/**
 * Two proposals with one effect: the second cannot run once the first has. City nodes do not try it
 * again soon, so that members are who execute it later, and who close the next one.
 */
export async function finishesByKey(_t: TestContext, { page, world }: Opened): Promise<void> {
  const { address, home, run } = world
  const done = async (...argv: readonly string[]) =>
    assert.equal((await run('alliance', ...argv)).code, 0, argv.join(' '))
  const freeze = (id: string, act = 'freeze') =>
    done('propose', act, 'service/notes', '--id', id, '--reason', 'Looked into')
  for (const id of ['freeze-1', 'freeze-2', 'freeze-3']) await freeze(id)
  await page.goto(`${address}/alliance/proposals/freeze-1`)
  await ready(page)
  await done('vote', 'freeze-1', 'yes')
  await page.getByText('executed', { exact: true }).first().waitFor()
  await done('vote', 'freeze-2', 'yes')
  await page.goto(`${address}/alliance/proposals/freeze-2`)
  await page.getByRole('heading', { name: 'Close', exact: true }).waitFor()
  // By now each node has tried it.
  await setTimeout(4000)
  await freeze('unfreeze-1', 'unfreeze')
  await done('vote', 'unfreeze-1', 'yes')
  await page.getByRole('heading', { name: 'Execute', exact: true }).waitFor()
  await chooser(page).setInputFiles(join(home, 'profile.json'))
  await lookAt(page, '/execute')
  const sent = countSent(page)
  await page.getByRole('button', { name: 'Sign and execute' }).dblclick()
  await page.getByText(/^It is executed: Entry/).waitFor()
  await page.getByText('executed', { exact: true }).first().waitFor()
  assert.equal(sent(), 1)
  await done('vote', 'freeze-3', 'yes')
  await page.getByRole('link', { name: 'Proposals' }).click()
  await page.getByRole('link', { name: 'freeze service/notes' }).nth(0).waitFor()
  await page.locator('a[href*="freeze-3"]').click()
  await press(page, 'Sign and close')
  await page.getByText(/^It is closed: Entry/).waitFor()
  await page.getByText('failed', { exact: true }).first().waitFor()
}

/** Votes on who issues certificates: what is pasted is what the command line made. */
export async function proposesRoots(_t: TestContext, { page, world }: Opened): Promise<void> {
  const { address, home, run } = world
  assert.equal((await run('node', 'issuer')).code, 0)
  await page.goto(`${address}/alliance/propose?kind=roots`)
  await ready(page)
  const pem = readFileSync(join(home, 'issuer.pem'), 'utf8').trim()
  assert.equal(await field(page, 'Root certificates').inputValue(), pem)
  await field(page, 'Reason').fill('As before')
  await press(page, 'Look at the change')
  await page.getByText('nothing would change').waitFor()
  await field(page, 'Root certificates').fill(pem.slice(0, 200))
  await press(page, 'Look at the change')
  await page.getByRole('heading', { name: '1 field needs another look' }).waitFor()
  assert.equal((await run('node', 'issuer', '--new')).code, 0)
  const other = readFileSync(join(home, 'issuer.pem'), 'utf8').trim()
  await field(page, 'Root certificates').fill(other)
  await press(page, 'Look at the change')
  await page.locator('ins').waitFor()
  await lookAt(page, '/alliance/propose roots')
}

/** A second key for blocks: without it a majority of the power is not there, so it is not voted. */
export async function proposesValidator(_t: TestContext, { page, world }: Opened): Promise<void> {
  const { address, file, run } = world
  const key = ['alliance', 'key', 'second', '--out', file('second.member'), '--json']
  const shown = JSON.parse((await run(...key)).stdout)
  await page.goto(`${address}/alliance/propose?kind=add-validator`)
  await ready(page)
  await field(page, 'Public key').fill(shown.key)
  await field(page, 'Reason').fill('For tomorrow')
  await press(page, 'Look at the change')
  await page.locator('ins', { hasText: '1' }).first().waitFor()
  await chooser(page).setInputFiles(join(world.home, 'profile.json'))
  await press(page, 'Sign and propose')
  await page.getByText(/^It is proposed: Entry/).waitFor()
  await page.getByRole('link', { name: 'Go to the proposal, and vote' }).click()
  await heading(page, 'add-validator').waitFor()
  await page.locator('ins', { hasText: '1' }).first().waitFor()
  await field(page, 'Your vote').selectOption('no')
  await press(page, 'Sign and send the vote')
  await page.getByText('rejected', { exact: true }).first().waitFor()
}

async function refusesBadFields(page: Page): Promise<void> {
  await press(page, 'Look at the change')
  await page.getByRole('heading', { name: '4 fields need another look' }).waitFor()
  await field(page, 'Id').fill(script)
  await field(page, 'Name for people').fill('x'.repeat(81))
  await field(page, 'Power').fill('1.5')
  await field(page, 'Public key').fill('AAAA')
  await field(page, 'Reason').fill('\u202ereason')
  await press(page, 'Look at the change')
  await page.getByRole('heading', { name: '4 fields need another look' }).waitFor()
  assert.equal(await field(page, 'Id').inputValue(), script)
  await lookAt(page, '/alliance/propose wrong')
}

/** Proposes a member, votes on it, and the member votes on the next one. */
export async function proposesByKey(_t: TestContext, { page, world }: Opened): Promise<void> {
  const { file, run, address } = world
  await page.getByRole('link', { name: 'Proposals' }).click()
  await page.getByRole('link', { name: 'Propose', exact: true }).click()
  await heading(page, 'Propose').waitFor()
  await refusesBadFields(page)
  const shown = await run(
    'alliance',
    'key',
    'bob',
    '--out',
    file('bob.member'),
    '--force',
    '--json',
  )
  await field(page, 'Id').fill('bob')
  await field(page, 'Name for people').fill(`Bob ${script}`)
  await field(page, 'Power').fill('1')
  await field(page, 'Public key').fill(JSON.parse(shown.stdout).key)
  await press(page, 'Look at the change')
  await page.getByText('The alliance admitted member bob with power 1').waitFor()
  await page.getByText('member/bob').first().waitFor()
  // What was looked at is what is signed: another reason wants another look.
  await field(page, 'Reason').fill('Runs the node in Oslo')
  await page.getByText('The form was changed').waitFor()
  await press(page, 'Look at the change')
  const sent = countSent(page)
  await page.getByRole('button', { name: 'Sign and propose' }).dblclick()
  await page.getByText(/^It is proposed: Entry/).waitFor()
  await page.getByRole('heading', { name: 'It holds' }).waitFor()
  assert.equal(sent(), 1)
  await page.getByRole('link', { name: 'Go to the proposal, and vote' }).click()
  await heading(page, 'admit bob').waitFor()
  await press(page, 'Sign and send the vote')
  await page.getByText('executed', { exact: true }).first().waitFor()
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)

  await page.goto(`${address}/alliance/propose?kind=rules`)
  await ready(page)
  await field(page, 'Reason').fill('We are two')
  await press(page, 'Look at the change')
  await page.getByText('nothing would change').waitFor()
  await field(page, 'Threshold').fill('4/5')
  await press(page, 'Look at the change')
  await page.locator('ins', { hasText: '4/5' }).waitFor()
  await chooser(page).setInputFiles(file('bob.member'))
  await page.getByText('You sign as bob').waitFor()
  await lookAt(page, '/alliance/propose signed')
  await press(page, 'Sign and propose')
  await page.getByRole('link', { name: 'Go to the proposal, and vote' }).click()
  await field(page, 'Your vote').selectOption('no')
  await press(page, 'Sign and send the vote')
  await page
    .getByText('bob has voted already: no')
    .or(page.getByText('rejected').first())
    .first()
    .waitFor()
}
