import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { privateKeyToAccount } from 'viem/accounts'
import type { JsonObject } from '../../kernel/json.ts'
import { EvmWorld } from '../../testing/evm-world.ts'
import type { Call } from '../framework.ts'
import { idOf, never, type Writer } from '../world-contract.ts'

/** The first account of the phrase that every tool of chains knows: a sandbox gives it funds. */
const tool = privateKeyToAccount(
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
)
const bytesOf = (address: string) => Uint8Array.from(Buffer.from(address.slice(2), 'hex'))

it('accounts and contracts that are frozen have no part in new transactions', async (t) => {
  const world = await EvmWorld.create()
  t.after(() => world.close())
  const [ann, ben] = world.writers
  const { chainId = 0 } = world.chains.of(ann.service) ?? {}
  const freezes = (verb: string, address: string, expect: number) => {
    const fields: Record<string, CborValue> = { address: bytesOf(address), expect }
    return world.ledgers.done(`account-${verb}`, { service: ann.service, ...fields })
  }
  const submit = async (call: Call) => {
    const [outcome] = await world.node.submit([call], never)
    return outcome?.state === 'rejected' ? outcome.code : outcome?.state
  }
  let count = 0
  const put = (writer: Writer = ann, key = 'key-a') =>
    world.put(writer, { id: idOf(`put ${count++}`), key, text: 'a note' })
  const { address } = (await world.node.query(ann.service, {
    function: 'contract',
    args: { contract: 'key-a' },
  })) as JsonObject
  const sender = await world.issuerOf(ann)
  let nonce = 0
  const signed = async (to: string): Promise<Call> => {
    const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n }
    const what = { to: to as `0x${string}`, nonce, chainId, gas: 100_000n, ...fees }
    const raw = await tool.signTransaction({ type: 'eip1559', ...what })
    return { ...ann, function: 'send', args: { raw }, id: idOf(`raw ${count++}`) }
  }
  const before = put()
  assert.equal(await submit(before), 'committed')

  await freezes('freeze', sender, 0)
  const refused = put()
  assert.equal(await submit(refused), 'ACCOUNT_FROZEN')
  const status = await world.node.status(refused)
  assert.ok(status.state === 'rejected')
  assert.match(
    status.detail,
    new RegExp(`^${sender} is frozen in flights, by member/admin in entry`),
  )
  const deploy = { bytecode: '0x00', abi: [] }
  const deploying = { ...ann, function: 'deploy', args: deploy, id: idOf('deploy') }
  assert.equal(await submit(deploying), 'ACCOUNT_FROZEN')
  // What it did before is still so, and others go on: of another service, and of this one.
  const [repeat] = await world.node.submit([before], never)
  assert.ok(repeat?.state === 'committed' && repeat.isRepeat)
  assert.equal(await submit(put(ben)), 'committed')
  assert.equal(await submit(await signed(sender)), 'ACCOUNT_FROZEN')
  assert.equal(await submit(await signed(tool.address)), 'committed')
  nonce++

  await freezes('unfreeze', sender, 1)
  await freezes('freeze', String(address), 0)
  assert.equal(await submit(put()), 'ACCOUNT_FROZEN')
  assert.equal(await submit(put(ann, 'key-b')), 'committed')
  assert.equal(await submit(await signed(String(address))), 'ACCOUNT_FROZEN')
  await freezes('freeze', tool.address, 0)
  const bySender = await signed(tool.address)
  assert.equal(await submit(bySender), 'ACCOUNT_FROZEN')
  await freezes('unfreeze', tool.address, 1)
  assert.equal(await submit(bySender), 'committed')

  await freezes('unfreeze', String(address), 1)
  // The same act may be sent again.
  assert.equal(await submit(refused), 'committed')
  assert.equal((await world.node.status(refused)).state, 'committed')
})
