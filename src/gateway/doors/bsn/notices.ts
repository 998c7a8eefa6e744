import { createHash } from 'node:crypto'
import type { ReadBlock } from '../../../frameworks/blocks/block.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { Registration } from './event-store.ts'

/** What a block has to tell to somebody: bodies of notifications, in the order of the block. */
export function noticesOf(
  block: ReadBlock,
  registration: Registration,
  { mspId, isWanted }: { readonly mspId: string; readonly isWanted: (name: string) => boolean },
): JsonObject[] {
  const { id: eventId, eventKey, attached: attachArgs, contract } = registration
  // In the order in which they are signed.
  const notice = (what: What): JsonObject => ({
    ...{ chainCode: contract, orgCode: mspId, eventKey, eventId, attachArgs },
    ...{ eventName: what.name, txId: what.transaction, payload: what.payload },
    ...{ blockNumber: block.height, nonceStr: nonceOf(eventId, block.height, what.transaction) },
  })
  if (registration.kind === 'block') {
    const previousHash = block.parent.toString('hex')
    return [{ ...notice({ name: '', transaction: '', payload: '' }), previousHash }]
  }
  return block.transactions.flatMap(({ hash, logs }) =>
    logs.flatMap(({ address, topics, data }) => {
      const name = topics.toString('utf8').replace(/\0+$/, '')
      if (address.toString('utf8') !== contract || !isWanted(name)) return []
      return [notice({ name, transaction: hash.toString('hex'), payload: payloadText(data) })]
    }),
  )
}

type What = { readonly name: string; readonly transaction: string; readonly payload: string }

/** The same at every delivery, also after a restart: receivers know by it what they have. */
function nonceOf(eventId: string, height: number, transaction: string): string {
  const hash = createHash('sha256').update(`${eventId} ${height} ${transaction}`).digest()
  return hash.subarray(0, 24).toString('base64')
}

/** As it is where it is text, else in base64: JSON has no bytes. */
function payloadText(data: Buffer): string {
  const text = data.toString('utf8')
  return Buffer.from(text).equals(data) ? text : data.toString('base64')
}
