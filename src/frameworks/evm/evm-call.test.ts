import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../kernel/json.ts'
import { ContractRegistry, contractsTable } from './contract-registry.ts'
import { createCompiler } from './contracts/compile.ts'
import { readAbi } from './contracts/read-abi.ts'
import { prepareCall } from './evm-call.ts'

const { signal } = new AbortController()
const uint = { name: 'n', type: 'uint256' }
const abi = readAbi([
  { type: 'function', name: 'set', stateMutability: 'nonpayable', inputs: [uint], outputs: [] },
  { type: 'function', name: 'buy', stateMutability: 'payable', inputs: [], outputs: [] },
  { type: 'function', name: 'get', stateMutability: 'view', inputs: [], outputs: [uint] },
])
const address = `0x${'aa'.repeat(20)}` as const

/** What a call becomes; a compiler is there, and never asked. */
async function prepared(name: string, args: JsonObject) {
  const compiler = createCompiler()
  const database = new DatabaseSync(':memory:')
  database.exec(contractsTable)
  const contracts = new ContractRegistry(database)
  contracts.add('coin', { name: 'shop', address, abi })
  const call = { service: 'coin', function: name, args }
  const deps = { contracts, compiler, chains: { of: () => undefined } }
  return prepareCall(call, deps, signal).finally(() => compiler.close())
}

const refused = (name: string, args: JsonObject, message: RegExp) =>
  assert.rejects(prepared(name, args), { code: 'ARGUMENT_INVALID', message })

describe('what a call becomes', () => {
  it('takes value where the function, or the constructor, does', async () => {
    const bought = await prepared('send', { to: 'shop', function: 'buy', value: '5' })
    assert.ok(bought.kind === 'send' && bought.effect.value === 5n)
    const set = { to: 'shop', function: 'set', args: ['1'] }
    assert.equal((await prepared('send', { ...set, value: '0' })).kind, 'send')
    await refused('send', { ...set, value: '5' }, /^value: set takes none/)
    const made = { abi: [], bytecode: '0x60', value: '1' }
    await refused('deploy', made, /^value: the contract takes none when it is made/)
    const paid = { type: 'constructor', stateMutability: 'payable', inputs: [] }
    assert.equal((await prepared('deploy', { ...made, abi: [paid] })).kind, 'deploy')
  })

  it('is no transaction where it only asks, and says how to ask', async () => {
    await refused('send', { to: 'shop', function: 'get' }, /asked: …\/call\/get/)
  })
})
