import assert from 'node:assert/strict'
import { it } from 'node:test'
import { putCredential, putService } from '../../testing/access.ts'
import { testNetwork } from '../../testing/cli.ts'

it('bsn credential list shows what can be revoked, and where the list goes on', async (t) => {
  const { run, ledger } = await testNetwork(t)
  putService(ledger, 'flights')
  assert.equal((await run('credential', 'list', 'flights')).stderr, 'no credentials\n')
  putCredential(ledger, 'c1', { label: 'laptop' })
  putCredential(ledger, 'c2', { status: 'revoked', participant: 'p' })
  const all = await run('credential', 'list', 'flights')
  assert.equal(all.stdout, 'c1\tactive\t\tlaptop\nc2\trevoked\tp\tc2\n')
  const first = await run('credential', 'list', 'flights', '--limit', '1')
  assert.match(first.stderr, /^there are more: add --cursor \S+$/m)
  const active = await run('credential', 'list', 'flights', '--status', 'active', '--json')
  assert.deepEqual(
    (active.json().credentials as { readonly id: string }[]).map(({ id }) => id),
    ['c1'],
  )
})
