import { createHash } from 'node:crypto'
import { toHex, verifyKeyBundle, verifyReceipts } from '@openbsn/sdk'
import { directoryOf } from './directory.ts'
import type { Sending } from './sim-client.ts'
import type { World } from './world.ts'

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/**
 * What is wrong with the books: a statement that was acknowledged and is not where the answer said,
 * one that is in the log twice, one that nobody sent. Needs all nodes at one head: then they have
 * one log, and one of them is asked.
 */
export function bookFaults(world: World, sendings: readonly Sending[]): string[] {
  const [node] = world.nodesUp
  if (!node || !world.isAgreed) return ['the nodes do not agree']
  const { head } = node.ledger
  const places = new Map<string, number>()
  const faults: string[] = []
  for (let index = 0; index < head.firstIndex + head.count; index++) {
    const entry = node.ledger.entry(index)
    const hash = entry ? hashOf(entry.statement) : `nothing at ${index}`
    if (places.has(hash)) faults.push(`entry ${index} is that of ${places.get(hash)} again`)
    places.set(hash, index)
  }
  const sent = new Set(sendings.map(({ statement }) => hashOf(statement)))
  for (const [hash, index] of places) if (!sent.has(hash)) faults.push(`nobody sent ${index}`)
  return [...faults, ...sendings.flatMap((one) => sendingFault(one, places) ?? [])]
}

function sendingFault(
  { statement, answer }: Sending,
  places: ReadonlyMap<string, number>,
): string | undefined {
  if (!answer) return 'a statement has no answer'
  if (answer.outcome === 'refused') return `refused: ${answer.code} ${answer.detail}`
  const place = places.get(hashOf(statement))
  if (place === answer.index) return undefined
  return `a statement is at ${place}, and ${answer.index} was answered`
}

/**
 * Verifies every `step`th receipt as its sender would: from the gateway that answered, by the keys
 * that the ledger's id pins. Returns how many were. @throws RECEIPT_*
 */
export function verifyReceiptsOf(world: World, sendings: readonly Sending[], step: number): number {
  let verified = 0
  for (let i = 0; i < sendings.length; i += step) {
    const { statement, answer, gateway } = sendings[i] ?? {}
    if (!statement || !gateway?.isUp || answer?.outcome !== 'appended') continue
    const keys = verifyKeyBundle(gateway.ledger.keyBundle(), world.ledger)
    const { index } = verifyReceipts(statement, gateway.ledger.receipts(answer.index), keys)
    if (index === answer.index) verified++
  }
  return verified
}

/** Directories that differ from the first node's, by node, and how many nodes are in that one. */
export function compareDirectories(world: World): {
  readonly listed: number
  readonly others: readonly string[]
} {
  const [first, ...rest] = world.nodesUp
  if (!first) return { listed: 0, others: [] }
  const text = JSON.stringify(directoryOf(first))
  const others = rest.filter((one) => JSON.stringify(directoryOf(one)) !== text)
  return { listed: directoryOf(first).length, others: others.map(({ id }) => id) }
}

/** One line for all that a run came to: the same for the same seed, whatever the machine. */
export function digestOf(world: World, sendings: readonly Sending[]): string {
  const hash = createHash('sha256')
  for (const { ledger } of world.nodes) hash.update(ledger.head.appHash)
  for (const { endMs, faults } of sendings) hash.update(`${endMs} ${faults}\n`)
  hash.update(`${world.queue.handled} ${world.queue.nowMs} ${world.network.counts.sent}`)
  return toHex(hash.digest().subarray(0, 8))
}
