import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { scratchFolder, startNetwork } from '../cli/bsn.ts'

const root = join(import.meta.dirname, '../..')

/** What no page may ever run, whoever wrote it into a record. */
export const evil = `<script>window.ran = 1</script><img src=x onerror="window.ran = 1">`

export type PortalWorld = Awaited<ReturnType<typeof startPortal>>

/**
 * A network with something of everything that public pages show, and the portal as it is built
 * from the sources of now.
 */
export async function startPortal(t: TestContext) {
  buildPortal()
  const folder = scratchFolder(t)
  const file = (name: string) => join(folder, name)
  const place = ['--city', 'Shanghai', '--country', 'CN']
  const degrees = ['--latitude', '31.23', '--longitude', '121.47']
  const network = await startNetwork(t, file('home'), [...place, ...degrees, '--name', 'Ports'])
  const done = async (...argv: readonly string[]) => {
    const { code, stderr } = await network.run(...argv)
    assert.equal(code, 0, `${argv.join(' ')}: ${stderr}`)
  }
  await done('service', 'create', 'flights', '--framework', 'records')
  await done('service', 'create', 'notes', '--framework', 'records', '--readers', 'credentials')
  const coin = ['--framework', 'evm', '--key-mode', 'key-trust', '--sandbox']
  await done('service', 'create', 'coin', ...coin)
  const till = ['--service', 'coin', '--sandbox', '--api-key', '--label', 'till']
  await done('credential', 'create', ...till, '--out', file('coin.credential'))
  const byTill = ['--credential', file('coin.credential'), '--json']
  await done('contract', 'deploy', '--template', 'evidence', '--name', 'proofs', ...byTill)
  const registered = ['--arg', `0x${'ab'.repeat(32)}`, '--arg', evil]
  const sent = await network.run('contract', 'send', 'proofs', 'register', ...registered, ...byTill)
  const { transaction } = JSON.parse(sent.stdout) as { readonly transaction: string }
  const credential = ['--service', 'flights', '--label', 'test', '--out', file('credential')]
  await done('credential', 'create', ...credential)
  const rows = Array.from({ length: 120 }, (_, row) => ({ row, from: 'SHA', note: 'on time' }))
  rows.push({ row: 120, from: evil, note: '\u202egnihtemos' })
  writeFileSync(file('rows.json'), JSON.stringify(rows))
  const put = ['--service', 'flights', '--credential', file('credential')]
  await done('record', 'put', ...put, '--receipts', file('receipts.ndjson'), file('rows.json'))
  const proposal = ['--threshold', '3/4', '--id', 'rules-1', '--reason', 'We will be five soon']
  await done('alliance', 'propose', 'rules', ...proposal)
  const profile = JSON.parse(readFileSync(join(network.home, 'profile.json'), 'utf8'))
  const [ledger, sandbox] = [String(profile.ledger), String(profile.sandbox.ledger)]
  return { ...network, file, ledger, sandbox, transaction, lastRow: await size(network) }
}

/** As its sources are now. */
export function buildPortal(): void {
  const script = join(root, 'bin/build-portal.mjs')
  const built = spawnSync(process.execPath, [script, '--if-needed'], { encoding: 'utf8' })
  assert.equal(built.status, 0, built.stderr)
}

/** Index of the last record: the proposal came after it. */
async function size({ address }: { readonly address: string }): Promise<number> {
  const answer = await fetch(`${address}/api/v1/ledgers`)
  const { ledgers } = (await answer.json()) as { ledgers: { size: number }[] }
  return (ledgers[0]?.size ?? 0) - 2
}

type Placed = Pick<PortalWorld, 'sandbox' | 'lastRow' | 'transaction'>

/** Every public page, as people come to it. */
export function publicPages({ sandbox, lastRow, transaction }: Placed): readonly string[] {
  return [
    '/',
    '/explore?q=flights',
    '/explore/entries',
    '/explore/entries/2',
    `/explore/entries/${lastRow}`,
    '/explore/entries/999999',
    '/explore/blocks/2',
    '/explore/keys',
    '/explore/objects?key=alliance',
    '/receipt',
    '/services',
    '/services/flights',
    '/services/flights?tab=records',
    '/services/notes?tab=participants',
    `/services/coin?tab=contracts&ledger=${sandbox}`,
    `/services/coin?tab=contracts&contract=proofs&ledger=${sandbox}`,
    `/services/coin/transactions/${transaction}?ledger=${sandbox}`,
    '/nodes',
    '/nodes/node-1',
    '/alliance',
    '/alliance/proposals',
    '/alliance/proposals/rules-1',
    '/alliance/propose',
    '/alliance/propose?kind=rules',
    '/alliance/propose?kind=add-validator',
    '/alliance/propose?kind=roots',
    '/audit',
    '/docs',
    '/docs?q=record',
    '/docs/start',
    '/docs/api-records',
    '/nowhere',
  ]
}

/** What must not come up on any page; `expected` are answers that a page asked for on purpose. */
export function watch(page: Page, { address }: Pick<PortalWorld, 'address'>): string[] {
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(`error: ${message}`))
  page.on('console', (line) => {
    // The browser itself says of a refused request that its status is no success.
    const isStatus = /status of (4\d\d|503)/.test(line.text())
    if (line.type() === 'error' && !isStatus) faults.push(`console: ${line.text()}`)
  })
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== address && protocol !== 'blob:') faults.push(`request: ${request.url()}`)
  })
  return faults
}

/** Until a page shows what it came for. */
export async function ready(page: Page): Promise<void> {
  await page.locator('main h1').waitFor()
  await page.waitForFunction(() => document.querySelector('.skeleton') === null)
}
