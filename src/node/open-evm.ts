import type { KeyEncryption } from '../crypto/key-encryption.ts'
import {
  BlockEntries,
  type CommittedEntry,
  type EntryLists,
} from '../frameworks/blocks/block-entries.ts'
import { blockTables } from '../frameworks/blocks/index-tables.ts'
import { accountsMigration, createAccounts } from '../frameworks/evm/accounts/accounts.ts'
import { createChainIndex } from '../frameworks/evm/blocks/chain-index.ts'
import type { Chain, ChainCall, Chains } from '../frameworks/evm/chain.ts'
import { chainWithSend } from '../frameworks/evm/chain-with-send.ts'
import { ContractRegistry, contractsTable } from '../frameworks/evm/contract-registry.ts'
import { createCompiler } from '../frameworks/evm/contracts/compile.ts'
import { createEvmFramework } from '../frameworks/evm/evm-framework.ts'
import { SentHashes } from '../frameworks/evm/sent-hashes.ts'
import { createSender, type Sender } from '../frameworks/evm/transactions/sender.ts'
import type { Framework } from '../frameworks/framework.ts'
import { RawActs, rawActsTable } from '../frameworks/raw-acts.ts'
import type { Logger } from '../gateway/logger.ts'
import { assert } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { createScreen } from '../services/screen-transactions.ts'
import { openSql } from '../storage/sql.ts'
import { createSigners } from './keep-signers.ts'
import type { Member } from './member.ts'
import { logNotices } from './open-chains.ts'
import { registerBlocks } from './register-blocks.ts'

export type OpenEvmOptions = {
  /** What is kept beside the chains; made where it is missing. */
  readonly file: string
}

export type OpenEvmDeps = {
  readonly ledger: Ledger
  readonly lists: EntryLists
  readonly chains: Chains
  /** Wraps the keys of accounts. */
  readonly keys: KeyEncryption
  /** Registers blocks; nobody does here where absent. */
  readonly operator: Member | undefined
  /** The name of this node in the alliance; undefined until it is registered. */
  readonly node: () => string | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly isStopped: () => boolean
}

/** The chains of a ledger's services with what this node keeps beside them. */
export type OpenEvm = {
  readonly framework: Framework
  /** The same chains: what goes through them is told to the index. */
  readonly chains: Chains
  /** Transactions whose sender was told that their fate is not known, and that have none yet. */
  unknownOutcomes(): number
  /** Tell it of every block of the ledger with its entries. */
  committed(firstIndex: number, entries: readonly CommittedEntry[]): void
  close(): Promise<void>
}

/** @throws STORE_NEWER */
export function openEvm({ file }: OpenEvmOptions, deps: OpenEvmDeps): OpenEvm {
  const { ledger, lists, logger, operator } = deps
  const database = openSql(file, [accountsMigration, blockTables, contractsTable, rawActsTable])
  const contracts = new ContractRegistry(database)
  const accounts = createAccounts({ ledger: ledger.id }, { database, keys: deps.keys })
  const nowMs = () => performance.now()
  const onNotice = logNotices(logger)
  const sent = new SentHashes()
  const chains = watchedChains(deps.chains, {
    before: (service, call) => sent.take(service, call),
    after: (service) => index.touched(service),
  })
  const register = operator && registerBlocks(operator, deps)
  const index = createChainIndex(
    {},
    {
      ...{ database, chains, ledger, onNotice, nowMs, ...(register ? { register } : {}) },
      watched: (service) => {
        sent.forget(service, (hash) => index.transaction(service, hash) !== undefined)
        return { contracts: contracts.addressesOf(service), transactions: sent.of(service) }
      },
    },
  )
  const senders = new Map<string, Sender>()
  function senderOf(service: string): Sender {
    const chain = chains.of(service)
    assert(chain !== undefined, `the chain of ${service} was asked for before it is written to`)
    const heightOf = (hash: string) => index.transaction(service, hash)?.height
    const say = (text: string) => onNotice({ level: 'warn', service, text })
    const known =
      senders.get(service) ?? createSender({}, { chain, nowMs, heightOf, onNotice: say })
    senders.set(service, known)
    return known
  }
  const compiler = createCompiler()
  const { isStopped } = deps
  const rawActs = new RawActs(database)
  const screen = createScreen(ledger)
  const signers = createSigners(deps)
  const parts = {
    chains,
    accounts,
    contracts,
    rawActs,
    compiler,
    index,
    senderOf,
    screen,
    signers,
    isStopped,
  }
  const framework = createEvmFramework({ ledger: ledger.id }, parts)
  const blocks = new BlockEntries({ ledger, lists, index })
  blocks.catchUp().catch(() => undefined)
  return {
    chains,
    framework,
    unknownOutcomes: () =>
      [...senders.values()].reduce((sum, sender) => sum + sender.unknownOutcomes, 0),
    committed: (firstIndex, entries) => blocks.committed(firstIndex, entries),
    close: async () => {
      framework.close()
      await Promise.all([...senders.values()].map((sender) => sender.close()))
      await compiler.close()
      await index.close()
      accounts.close()
      blocks.close()
      database.close()
    },
  }
}

type Watcher = {
  /** A call is about to be sent to a chain of others, and may change it. */
  readonly before: (service: string, call: ChainCall) => void
  /** A call may have changed a chain. */
  readonly after: (service: string) => void
}

function watchedChains(chains: Chains, { before, after }: Watcher): Chains {
  const known = new Map<string, Chain>()
  return {
    engine: chains.engine,
    isFailing: () => chains.isFailing(),
    of(service) {
      const chain = chains.of(service)
      if (!chain) return undefined
      const found = known.get(service)
      if (found) return found
      const send: Chain['send'] = (call) => {
        if (!call.changes) return chain.send(call)
        if (chain.kind === 'external') before(service, call)
        return chain.send(call).finally(() => after(service))
      }
      const watched = chainWithSend(chain, send)
      known.set(service, watched)
      return watched
    },
    close: () => chains.close(),
  }
}
