import { actIdentity, bytesEqual, type Signer, verifyTransactionProof } from '@openbsn/sdk'
import { findEngine } from '../engines/find-engine.ts'
import { recipeOf } from '../engines/recipes.ts'
import type { Chain, ChainCall, Chains } from '../frameworks/evm/chain.ts'
import { ask } from '../frameworks/evm/chain-rpc.ts'
import { type Abi, decodeEvent, encodeCall } from '../frameworks/evm/contracts/abi.ts'
import { type Compiler, createCompiler } from '../frameworks/evm/contracts/compile.ts'
import { evmError } from '../frameworks/evm/errors.ts'
import { type Hex, inputHash, tagged } from '../frameworks/evm/evm-call.ts'
import { eventContentType } from '../frameworks/evm/evm-events.ts'
import { createEvmFramework, type EvmFramework } from '../frameworks/evm/evm-framework.ts'
import { createSandboxChains } from '../frameworks/evm/sandbox/sandbox-chains.ts'
import type { Call, Framework } from '../frameworks/framework.ts'
import type { FrameworkWorld, Put, Writer } from '../frameworks/world-contract.ts'
import { assert } from '../kernel/assert.ts'
import { systemClock } from '../kernel/clock.ts'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import { testFolder } from './folder.ts'
import { credentialOf, keyOf, LedgerWorld } from './ledger-world.ts'
import { namedSigner } from './named-signer.ts'

const nodeNames = ['node 1', 'node 2']
/** Contracts of each service: texts are put into the one of their key. */
const keys = ['a', 'b', 'key-0', 'key-1', 'key-2'] as const

const notes = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

contract Notes {
    event Note(string text);
    event OddNote(string text);

    string public latest;

    function put(string calldata text, bool isOdd) external {
        require(bytes(text).length > 0, "nothing to put");
        latest = text;
        if (isOdd) emit OddNote(text);
        else emit Note(text);
    }
}
`

/** What is between nodes and chains: it loses, holds and refuses what the test says. */
class Line {
  isCut = false
  loss: 'answers' | 'calls' | undefined
  gate: { readonly held: () => void; readonly open: Promise<void> } | undefined

  async send(chain: Chain, call: ChainCall): Promise<Buffer> {
    if (this.isCut) {
      throw evmError('CHAIN_UNAVAILABLE', 'The line to the chain is cut.', { retryable: true })
    }
    if (!String(call.body).includes('eth_sendRawTransaction')) return chain.send(call)
    this.gate?.held()
    await this.gate?.open
    const lost = () => evmError('CHAIN_FATE_UNKNOWN', 'The line to the chain was cut.')
    if (this.loss === 'calls') throw lost()
    const answer = await chain.send(call)
    if (this.loss === 'answers') throw lost()
    return answer
  }

  over(chains: Chains): Chains {
    const known = new Map<string, Chain>()
    return {
      of: (service) => {
        const chain = chains.of(service)
        if (!chain) return undefined
        const between = known.get(service) ?? Object.create(chain, {
          send: { value: (call: ChainCall) => this.send(chain, call) },
        })
        known.set(service, between)
        return between
      },
      close: async () => undefined,
    }
  }
}

/**
 * Two city nodes that follow the chains of two services of a real ledger: `flights`, where the
 * credential `c1` writes, and `sensors` for `c2`. Each service has a chain on a real engine with a
 * contract for each key.
 */
export class EvmWorld implements FrameworkWorld {
  readonly writers = [
    { service: 'flights', credential: 'c1' },
    { service: 'sensors', credential: 'c2' },
  ] as const
  readonly contentTypes = {
    usual: eventContentType('Note'),
    other: eventContentType('OddNote'),
  }
  readonly ledgers: LedgerWorld
  readonly #folder = testFolder()
  readonly #compiler: Compiler = createCompiler()
  readonly #line = new Line()
  #chains: Chains | undefined
  #nodes: readonly EvmFramework[] = []
  #abi: Abi = []
  #isBroken = false

  private constructor(ledgers: LedgerWorld) {
    this.ledgers = ledgers
  }

  static async create(): Promise<EvmWorld> {
    const ledgers = await LedgerWorld.create({
      environment: 'sandbox',
      onBlock: ({ firstIndex }, entries) => {
        for (const node of world.#nodes) node.committed(firstIndex, entries)
      },
    })
    const world = new EvmWorld(ledgers)
    for (const { outcome } of await ledgers.ledger.submit(await setUp(world))) {
      assert(outcome === 'appended', 'the world is set up')
    }
    world.#start()
    await world.#deploy()
    return world
  }
}
