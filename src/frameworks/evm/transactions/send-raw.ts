import { isCodedError } from '@openbsn/sdk'
import { fateUnknown, notSent } from '../../errors.ts'
import type { Chain } from '../chain.ts'
import { refusalError } from './chain-refusal.ts'
import { type Handed, type HandOverOptions, handOver } from './hand-over.ts'
import { checkInitCode } from './init-code.ts'
import type { Sent } from './job.ts'
import { readTransaction } from './read-transaction.ts'
import type { SignedBytes } from './unsigned-transaction.ts'

/**
 * Gives a transaction that a client signed to a chain; it is the same one when it comes again.
 * @throws TRANSACTION_INVALID, INIT_CODE_TOO_LARGE, CHAIN_FULL, CALL_NOT_SENT, CALL_FATE_UNKNOWN,
 * and what the chain refuses it for
 */
export async function sendRaw(chain: Chain, raw: string, options: HandOverOptions): Promise<Sent> {
  const { hash, to, input } = readTransaction(raw, chain)
  if (to === undefined) checkInitCode(input)
  const handed = await give(chain, { raw: `0x${raw.slice(2)}`, hash }, options)
  if (typeof handed === 'object') throw refusalError(handed)
  if (handed === 'unknown') throw fateUnknown(`The chain gave no answer to ${hash}.`)
  // Whoever signed it may replace it; this node does not.
  return { hash, hashes: () => [hash], dropped: new Promise(() => undefined) }
}

async function give(chain: Chain, one: SignedBytes, options: HandOverOptions): Promise<Handed> {
  try {
    const [handed = 'unknown'] = await handOver(chain, [one], options)
    return handed
  } catch (error) {
    if (isCodedError(error) && error.code === 'CHAIN_FULL') throw error
    throw notSent('The chain takes no transaction now.', error)
  }
}
