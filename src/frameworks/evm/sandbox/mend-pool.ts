import type { Chain } from '../chain.ts'
import { ask, askMany, resultOf } from '../chain-rpc.ts'
import { isRecord, readNumber } from '../chain-values.ts'

type Asked = Pick<Chain, 'send'>

/**
 * Sends anew what waits in an engine for a transaction that is in a block already, and says how
 * many those are. anvil 1.7.1 leaves one waiting for good that it read before the end of the block
 * with its predecessor and listed after it, and all that follow it. What waits for a nonce that is
 * not there yet stays as it is. @throws what `ask` does
 */
export async function mendPool(chain: Asked, signal: AbortSignal): Promise<number> {
  const content = await ask(chain, 'txpool_content', [], { signal })
  const queued = isRecord(content) && isRecord(content.queued) ? content.queued : {}
  let mended = 0
  for (const [sender, waiting] of Object.entries(queued)) {
    const next = await ask(chain, 'eth_getTransactionCount', [sender, 'latest'], { signal })
    const hashes = inOrder(waiting)
    if (hashes[0]?.nonce !== readNumber(next, 'nonce')) continue
    const requests = hashes.map(({ hash }) => ({
      method: 'eth_getRawTransactionByHash',
      params: [hash],
    }))
    const raws = (await askMany(chain, requests, { signal })).map((answer) =>
      resultOf(answer, 'eth_getRawTransactionByHash'),
    )
    await ask(chain, 'anvil_removePoolTransactions', [sender], { signal, changes: true })
    for (const raw of raws) await askMany(chain, [sending(raw)], { signal, changes: true })
    mended += raws.length
  }
  return mended
}

const sending = (raw: unknown) => ({ method: 'eth_sendRawTransaction', params: [raw] })

/** Transactions of a sender by nonce. */
function inOrder(waiting: unknown): { readonly nonce: number; readonly hash: unknown }[] {
  const all = Object.values(isRecord(waiting) ? waiting : {}).filter(isRecord)
  return all
    .map(({ nonce, hash }) => ({ nonce: readNumber(nonce, 'nonce'), hash }))
    .toSorted((one, other) => one.nonce - other.nonce)
}
