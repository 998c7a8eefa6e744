import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import { findEngine } from '../engines/find-engine.ts'
import { recipeOf } from '../engines/recipes.ts'
import { accountsMigration, createAccounts } from '../frameworks/evm/accounts/accounts.ts'
import type { Chain } from '../frameworks/evm/chain.ts'
import { askMany, type RpcRequest, resultOf } from '../frameworks/evm/chain-rpc.ts'
import { createSandboxChains } from '../frameworks/evm/sandbox/sandbox-chains.ts'
import { createSender, type Sender } from '../frameworks/evm/transactions/sender.ts'
import type { SenderOptions } from '../frameworks/evm/transactions/sender-options.ts'
import { systemClock } from '../kernel/clock.ts'
import { openSql } from '../storage/sql.ts'
import { testFolder } from './folder.ts'

const { signal } = new AbortController()

/**
 * Init code of a contract with one storage slot: called with a first byte other than 0 it keeps
 * that byte; called with 0 (or nothing) it reverts with the bytes deadbeef until one is kept.
 */
export const gateInitCode = `0x6026600c60003960266000f3${[
  ...['600035', '60f81c', '8015', '600f57', '60005500'],
  ...['5b50', '600054', '602457', '63deadbeef', '600052', '6004601cfd', '5b00'],
].join('')}` as const

/** What a chain answers to questions, in their order; fails where it refuses one. */
export async function answersOf(chain: Chain, requests: readonly RpcRequest[]): Promise<unknown[]> {
  const answers = await askMany(chain, requests, { signal, changes: true })
  return answers.map((answer, at) => resultOf(answer, requests[at]?.method ?? ''))
}

/** Accounts of their own, in memory. */
export function testAccounts(t: Pick<TestContext, 'after'>) {
  const database = openSql(':memory:', [accountsMigration])
  t.after(() => database.close())
  const keys = createKeyEncryption(randomBytes(32))
  return createAccounts({ ledger: 'bsn1test' }, { database, keys })
}

/** A real anvil behind a sandbox chain, with a sender; everything ends with the test. */
export function openSandboxWorld(
  t: Pick<TestContext, 'after'>,
  { saveIntervalMs = 50, ...options }: Partial<SenderOptions> & { saveIntervalMs?: number } = {},
) {
  const { path: folder, remove } = testFolder()
  const chains = createSandboxChains(
    { folder, ledger: 'bsn1test', saveIntervalMs },
    {
      isEvm: () => true,
      clock: systemClock,
      findAnvil: async () => (await findEngine({ recipe: recipeOf('anvil'), cache: folder })).path,
      onNotice: () => undefined,
    },
  )
  const chain = chains.of('coin') ?? assert.fail('no chain')
  const accounts = testAccounts(t)
  const notices: string[] = []
  const senders: Sender[] = []
  const open = (changes: Partial<SenderOptions> = {}) => {
    const deps = { chain, nowMs: () => performance.now() }
    const onNotice = (text: string) => notices.push(text)
    const sender = createSender({ ...options, ...changes }, { ...deps, onNotice })
    senders.push(sender)
    return sender
  }
  t.after(async () => {
    for (const one of senders) await one.close()
    await chains.close()
    remove()
  })
  const ask = async (method: string, ...params: unknown[]) =>
    (await answersOf(chain, [{ method, params }]))[0]
  const kill = () => {
    const pid = readFileSync(join(folder, 'coin/engine/engine.pid'), 'utf8')
    process.kill(Number.parseInt(pid, 10), 'SIGKILL')
  }
  return { chain, accounts, notices, sender: open(), open, ask, kill, signal, folder }
}
