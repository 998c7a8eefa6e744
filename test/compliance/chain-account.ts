import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { openKeyEncryption } from '../../src/crypto/key-encryption.ts'
import { scratchFolder } from '../cli/bsn.ts'
import { type Document, everyRequest, type Request } from './every-route.ts'
import type { startShop } from './shop.ts'

type Shop = Pick<Awaited<ReturnType<typeof startShop>>, 'run' | 'home' | 'address'>

/** The service `coin` in the sandbox, and what is secret of the account that signs there. */
export type ChainAccount = {
  readonly ledger: string
  readonly apiKey: string
  readonly secrets: Readonly<Record<string, Buffer>>
}

/** An EVM service, a credential whose account has deployed a contract, and calls by JSON-RPC. */
export async function plantAccount(t: TestContext, shop: Shop): Promise<ChainAccount> {
  const { run, home, address } = shop
  const file = join(scratchFolder(t), 'coin.credential')
  const done = async (...argv: readonly string[]) => {
    const { code, stderr } = await run(...argv, '--json')
    assert.equal(code, 0, stderr)
  }
  const kind = ['--framework', 'evm', '--key-mode', 'key-trust', '--sandbox']
  await done('service', 'create', 'coin', ...kind)
  const named = ['--service', 'coin', '--api-key', '--label', 'x', '--out', file, '--sandbox']
  await done('credential', 'create', ...named)
  const deploy = ['contract', 'deploy', '--template', 'evidence', '--name', 'proofs']
  await done(...deploy, '--credential', file)
  const { apiKey, ledger, credential } = JSON.parse(readFileSync(file, 'utf8'))
  const headers = { 'content-type': 'application/json' }
  // The key stands in the path there, of good calls and of bad ones.
  for (const method of ['eth_accounts', 'personal_listAccounts']) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [] })
    for (const path of ['coin/rpc', 'coin/rest', 'other/rpc']) {
      const to = `${address}/api/${apiKey}/${path}`
      await (await fetch(to, { method: 'POST', headers, body })).arrayBuffer()
    }
  }
  const secrets = {
    'the API key of the chain': Buffer.from(apiKey),
    "the account's key": keyIn(home, [ledger, 'coin', credential]),
  }
  return { ledger, apiKey, secrets }
}

/** The secret of the one account that there is, as its node opens it. */
function keyIn(home: string, names: readonly string[]): Buffer {
  const database = new DatabaseSync(join(home, 'sandbox/evm.sqlite'), { readOnly: true })
  const rows = database.prepare('SELECT secret FROM accounts').all()
  database.close()
  const [{ secret } = {}] = rows
  assert.ok(rows.length === 1 && secret instanceof Uint8Array)
  const kek = openKeyEncryption(`${home}.kek`, { mayCreate: false })
  return Buffer.from(kek.unwrap(secret, `EVM account ${JSON.stringify(names)}`))
}

/** Every question about contracts and the account, and calls that sign. */
export function everyCall({ paths }: Document, { ledger, apiKey }: ChainAccount): Request[] {
  const own = Object.entries(paths).filter(([path]) =>
    /\/services\/\{service\}\/(contracts|templates|transactions|account)/.test(path),
  )
  const contract = { contract: 'proofs', function: 'register', hash: `0x${'0'.repeat(64)}` }
  const bodies = [{ template: 'evidence' }, { args: [`0x${'1'.repeat(64)}`, 'a note'] }]
  return everyRequest(
    { paths: Object.fromEntries(own) },
    {
      good: { ledger, service: 'coin', ...contract },
      bad: ['{"a":', 'nothing'],
      authorizations: [`Bearer ${apiKey}`],
      bodies: { 'application/json': bodies.map((body) => JSON.stringify(body)) },
    },
  )
}
