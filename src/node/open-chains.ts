import { lookup } from 'node:dns'
import type { ChainNotice } from '../frameworks/chain-notice.ts'
import type { Chains } from '../frameworks/evm/chain.ts'
import type { ChainsFile } from '../frameworks/evm/external/chains-file.ts'
import { createExternalChains } from '../frameworks/evm/external/external-chains.ts'
import { createSandboxChains } from '../frameworks/evm/sandbox/sandbox-chains.ts'
import type { Logger } from '../gateway/logger.ts'
import { createAddressPolicy } from '../gateway/webhooks/address-policy.ts'
import { judgedLookup } from '../gateway/webhooks/judged-lookup.ts'
import type { Clock } from '../kernel/clock.ts'
import type { OpenLedger } from '../ledger/open-ledger.ts'
import { readService } from '../services/service-state.ts'

export type OpenChainsDeps = {
  readonly clock: Clock
  readonly logger: Logger
  readonly findEngine?: ((name: string) => Promise<string>) | undefined
  readonly externalChains?: ChainsFile | undefined
}

/**
 * The chains of a ledger's EVM services: in the sandbox one of its own for each, else those of
 * others that the operator named. Undefined where this node has none.
 */
export function openChains(
  ledger: OpenLedger,
  folder: string,
  { clock, logger, findEngine, externalChains }: OpenChainsDeps,
): Chains | undefined {
  const isEvm = (service: string) => readService(ledger, service)?.framework === 'evm'
  const onNotice = logNotices(logger)
  if (ledger.genesis.environment !== 'sandbox') {
    if (!externalChains) return undefined
    const policy = createAddressPolicy([])
    // Plain HTTP is what the operator wrote; where it may lead to is what matters here.
    const isPublic = (address: string) => policy.mayConnect(address, { isSecure: true })
    const publicLookup = judgedLookup(lookup, isPublic)
    const nowMs = () => performance.now()
    return createExternalChains(externalChains, { isEvm, lookup, publicLookup, nowMs, onNotice })
  }
  if (!findEngine) return undefined
  const findAnvil = () => findEngine('anvil')
  return createSandboxChains({ folder, ledger: ledger.id }, { clock, isEvm, findAnvil, onNotice })
}

/** What operators are told of chains, as lines of the log. */
export function logNotices(logger: Logger): (notice: ChainNotice) => void {
  return ({ level, service, text, err }) =>
    logger[level]({ event: 'chain.notice', app_id: service, ...(err ? { err } : {}) }, text)
}
