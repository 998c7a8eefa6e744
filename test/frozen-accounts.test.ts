import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { scratchFolder, startNetwork } from './cli/bsn.ts'
import { scriptOf, typeLine } from './cli/pages.ts'
import { account, countUp, deployCounter, toolsAt } from './evm/evm-world.ts'

/** Another account of the phrase that every tool knows: the engine signs for it. */
const other = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

async function startCoin(t: TestContext) {
  const folder = scratchFolder(t)
  const network = await startNetwork(t, join(folder, 'home'))
  /** Runs a command that must end with `code`, and gives its document or its problem. */
  async function ends(code: number, ...argv: readonly string[]) {
    const ended = await network.run(...argv, '--json')
    assert.equal(ended.code, code, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`)
    const text = code === 0 ? ended.stdout : (ended.stderr.trim().split('\n').at(-1) ?? '')
    return JSON.parse(text || '{}')
  }
  const does = (...argv: readonly string[]) => ends(0, ...argv, '--sandbox')
  await does('service', 'create', 'coin', '--framework', 'evm', '--key-mode', 'key-trust')
  const file = join(folder, 'coin.credential')
  const made = ['--service', 'coin', '--api-key', '--label', 'x', '--out', file]
  await does('credential', 'create', ...made)
  const { apiKey } = JSON.parse(readFileSync(file, 'utf8'))
  const { chainId } = await does('service', 'show', 'coin')
  const tools = toolsAt(network.address, apiKey, chainId)
  const contract = (code: number, ...argv: readonly string[]) =>
    ends(code, 'contract', ...argv, '--credential', file)
  return { folder, env: network.env, ends, does, tools, contract }
}

type World = Awaited<ReturnType<typeof startCoin>>

it('frozen accounts and contracts of a chain', async (t) => {
  const world = await startCoin(t)
  await t.test('are there as the page says, from its first line to its last', () => typed(world))
  await t.test('send nothing through the door, and get nothing', (inner) => atDoor(inner, world))
  await t.test('are not called by name', (inner) => byName(inner, world))
  await t.test('are frozen by two members, until they vote again', (inner) => byVote(inner, world))
})

/** docs/operating/evm.md, with another name for its service. */
async function typed({ folder, env }: World): Promise<void> {
  const values = new Map([['coin', 'mint']])
  const printed = await typeLine(scriptOf('evm.md'), { folder, env, values })
  assert.match(printed, /^service mint created/)
  assert.match(printed, /^rpc: +http:.*\/api\/\{accessKey\}\/mint\/rpc$/m)
  assert.match(printed, /^12$/m)
  assert.match(printed, /proposed as freeze-\w+: freeze account\/mint\//)
}

async function atDoor(_t: TestContext, { does, ends, tools }: World): Promise<void> {
  const counter = await deployCounter(tools)
  const frozen = ['service', 'freeze-address', 'coin', account.address, '--reason', 'Case 17']
  assert.equal((await does(...frozen, '--dry-run')).dryRun, true)
  await countUp(tools, counter)
  const { index, address, version } = await does(...frozen)
  assert.deepEqual([address, version], [account.address, 1])
  const why = `is frozen in coin, by member/admin in entry ${index} of the ledger: Case 17`
  const refused = new RegExp(`${account.address} ${why}`)
  await assert.rejects(countUp(tools, counter), refused)
  const send = (fields: object) =>
    tools.reader.request({ method: 'eth_sendTransaction', params: [fields] } as never)
  await assert.rejects(send({ to: counter, data: '0x01' }), /from: an address must be given/)
  await assert.rejects(send({ from: account.address, to: counter }), /is frozen in coin/)
  await assert.rejects(send({ from: other, to: account.address }), /is frozen in coin/)
  await send({ from: other, to: counter, data: '0x01' })
  const again = await ends(5, ...frozen, '--sandbox')
  assert.equal(again.code, 'ACT_CONFLICT')
  const { accounts } = await does('service', 'frozen-addresses', 'coin')
  const freezes = [{ by: 'member/admin', entry: index, reason: 'Case 17' }]
  assert.deepEqual(accounts, [{ address: account.address, freezes, version: 1 }])
  await does('service', 'unfreeze-address', 'coin', account.address)
  await countUp(tools, counter)
  assert.deepEqual((await does('service', 'frozen-addresses', 'coin')).accounts, [])
}

async function byName(_t: TestContext, { does, contract }: World): Promise<void> {
  const deploy = ['deploy', '--template', 'evidence', '--name', 'proofs']
  const { address } = await contract(0, ...deploy)
  let count = 0
  const register = (code: number) => {
    const digest = `0x${String(++count).padStart(64, '0')}`
    return contract(code, 'send', 'proofs', 'register', '--arg', digest, '--arg', 'a note')
  }
  const { from } = await register(0)
  for (const one of [address, from]) {
    await does('service', 'freeze-address', 'coin', one)
    const refused = await register(3)
    assert.equal(refused.code, 'ACCOUNT_FROZEN')
    assert.match(refused.detail, new RegExp(`^${one} is frozen in coin, by member/admin in entry`))
    await does('service', 'unfreeze-address', 'coin', one)
    await register(0)
  }
}

async function byVote(_t: TestContext, { folder, does, ends, tools }: World): Promise<void> {
  const bob = join(folder, 'bob.member')
  const because = ['--reason', 'It is time']
  const decide = async (id: string, voters: readonly string[], ...what: readonly string[]) => {
    await does('alliance', 'propose', ...what, '--id', id, ...because)
    for (const voter of voters) {
      const as = voter === 'bob' ? ['--as', bob] : []
      await does('alliance', 'vote', id, 'yes', ...as)
    }
    return does('alliance', 'execute', id)
  }
  const locks = ['members', 'policy'].flatMap((kind) => ['--lock', `${kind}=0`])
  await decide('rules', ['admin'], 'rules', ...locks)
  const { key } = await does('alliance', 'key', 'bob', '--out', bob)
  await decide('admit', ['admin'], 'admit', 'bob', '--key', key)
  const who = `account/coin/${other}`
  const { index } = await decide('freeze', ['admin', 'bob'], 'freeze', who)
  const why = `is frozen in coin, by a vote in entry ${index} of the ledger: It is time`
  const send = () =>
    tools.reader.request({
      method: 'eth_sendTransaction',
      params: [{ from: other, to: account.address }],
    } as never)
  await assert.rejects(send(), new RegExp(`${other} ${why}`))
  const alone = ['service', 'unfreeze-address', 'coin', other, '--sandbox']
  assert.equal((await ends(3, ...alone)).code, 'NOT_ALLOWED')
  await decide('go-on', ['bob', 'admin'], 'unfreeze', who)
  await send()
  await ends(2, 'alliance', 'propose', 'freeze', 'account/coin/0x12', ...because, '--sandbox')
}
