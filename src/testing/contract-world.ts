import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Hex } from 'viem'
import { findEngine } from '../engines/find-engine.ts'
import { recipeOf } from '../engines/recipes.ts'
import { ask } from '../frameworks/evm/chain-rpc.ts'
import {
  decodeEvent,
  decodeResult,
  decodeRevert,
  encodeCall,
  encodeDeploy,
} from '../frameworks/evm/contracts/abi.ts'
import type { CompiledContract } from '../frameworks/evm/contracts/compiled-contract.ts'
import { createSandboxChains } from '../frameworks/evm/sandbox/sandbox-chains.ts'
import { systemClock } from '../kernel/clock.ts'
import type { JsonObject, JsonValue } from '../kernel/json.ts'
import { until } from './engine-program.ts'
import { testFolder } from './folder.ts'

const signal = new AbortController().signal

/** The first two accounts of the phrase that every tool of chains knows. */
export const [alice, bob] = [
  '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
  '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
] as const

type Receipt = {
  readonly status: Hex
  readonly contractAddress: Hex | null
  readonly logs: readonly { readonly topics: Hex[]; readonly data: Hex }[]
}
type Event = { readonly name: string; readonly args: JsonObject }

/** A real chain, and contracts on it; ends with the test. */
export function contractWorld(t: Pick<TestContext, 'after'>) {
  const { path: folder, remove } = testFolder()
  const chains = createSandboxChains(
    { folder, ledger: 'bsn1test' },
    {
      isEvm: () => true,
      clock: systemClock,
      findAnvil: async () => (await findEngine({ recipe: recipeOf('anvil'), cache: folder })).path,
      onNotice: () => undefined,
    },
  )
  t.after(async () => {
    await chains.close()
    remove()
  })
  const chain = chains.of('coin') ?? assert.fail('no chain')
  const rpc = (method: string, params: unknown[], changes = false) =>
    ask(chain, method, params, { signal, changes })

  /** Sends, and waits until it is in a block. */
  async function transact(transaction: object): Promise<Receipt> {
    const hash = await rpc('eth_sendTransaction', [{ gas: '0x989680', ...transaction }], true)
    let receipt: Receipt | null = null
    await until('it is in a block', async () => {
      receipt = (await rpc('eth_getTransactionReceipt', [hash])) as Receipt | null
      return receipt !== null
    })
    return receipt ?? assert.fail('no receipt')
  }

  async function deploy(compiled: CompiledContract, args: JsonValue): Promise<DeployedContract> {
    const { abi } = compiled
    const data = encodeDeploy(abi, compiled.bytecode, args)
    const { status, contractAddress } = await transact({ from: alice, data })
    assert.equal(status, '0x1')
    const address = contractAddress ?? assert.fail('no contract')
    const request = (name: string, input: JsonValue, from: string) => ({
      from,
      to: address,
      data: encodeCall(abi, name, input),
    })
    return {
      address,
      code: async () => (await rpc('eth_getCode', [address, 'latest'])) as Hex,
      call: async (name, input, from = alice) => {
        const answer = await rpc('eth_call', [request(name, input, from), 'latest'])
        return decodeResult(abi, name, answer as Hex)
      },
      send: async (name, input, from = alice) => {
        const { status: outcome, logs } = await transact(request(name, input, from))
        assert.equal(outcome, '0x1', `${name} was reverted`)
        return logs.flatMap((log) => decodeEvent(abi, log) ?? [])
      },
      revert: async (name, input, from = alice) => {
        const error: { details?: { data?: string } } = await rpc('eth_call', [
          request(name, input, from),
          'latest',
        ]).then(
          () => assert.fail(`${name} was not reverted`),
          (thrown) => thrown,
        )
        return decodeRevert(abi, (error.details?.data ?? '0x') as Hex)
      },
    }
  }
  return { chain, deploy }
}

export type DeployedContract = {
  readonly address: Hex
  code(): Promise<Hex>
  call(name: string, args: JsonValue, from?: string): Promise<JsonValue>
  /** The events of it. */
  send(name: string, args: JsonValue, from?: string): Promise<Event[]>
  /** Why it is reverted. */
  revert(name: string, args: JsonValue, from?: string): Promise<string>
}
