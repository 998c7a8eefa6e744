import {
  type Client,
  createClient,
  isCodedError,
  verifyKeyBundle,
  verifyReceipts,
} from '@openbsn/sdk'
import { createPrng } from '../../src/testing/prng.ts'
import { benchError } from '../errors.ts'
import type { Writers } from '../network/issuers.ts'
import type { Server } from '../network/server.ts'

/** Entries whose receipts are looked at after a run. */
const sampleSize = 50

/**
 * Fetches entries from all over the log with their receipts and verifies them as anybody would:
 * offline, by the ledger's id alone. Returns how many. @throws BENCH_OUTCOME_WRONG
 */
export async function verifySample(server: Server, { ledger }: Writers): Promise<number> {
  const client = createClient({ gateway: server.gateway, ledger })
  const keys = verifyKeyBundle(await client.keyBundle(), ledger)
  const { size } = await client.checkpoint()
  const prng = createPrng(size)
  for (let i = 0; i < sampleSize; i++) {
    const index = prng.int(0, size - 1)
    const { statement } = await client.entry(index)
    const verified = verifyReceipts(statement, [await receiptOf(client, index)], keys)
    if (verified.index === index) continue
    throw benchError('BENCH_OUTCOME_WRONG', `Entry ${index} has a receipt of ${verified.index}.`)
  }
  return sampleSize
}

const receiptTries = 100

/** The signatures of a network's newest block come with the next one. @throws RECEIPT_PENDING */
async function receiptOf(client: Client, index: number): Promise<Uint8Array> {
  for (let tries = 1; ; tries++) {
    try {
      return await client.receipt(index)
    } catch (error) {
      const isPending = isCodedError(error) && error.code === 'RECEIPT_PENDING'
      if (!isPending || tries === receiptTries) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Waits until lists have everything; returns how many entries they were behind. */
export async function drainProjection(server: Server, { ledger }: Writers): Promise<number> {
  const { gateway } = server
  const client = createClient({ gateway, ledger })
  const { size } = await client.checkpoint()
  const first = size - (await positionOf(server, ledger))
  for (let behind = first; behind > 0; behind = size - (await positionOf(server, ledger))) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return first
}

async function positionOf({ gateway }: Server, ledger: string): Promise<number> {
  const answer = await fetch(`${gateway}/api/v1/ledgers/${ledger}/entries?limit=1`)
  const { position } = (await answer.json()) as { readonly position: number }
  return position
}
