import type { Chain } from './chain.ts'

/** The same chain with something between it and whoever sends to it. */
export function chainWithSend(chain: Chain, send: Chain['send']): Chain {
  return {
    kind: chain.kind,
    chainId: chain.chainId,
    get epoch() {
      return chain.epoch
    },
    get lossSecondsMax() {
      return chain.lossSecondsMax
    },
    get finalHeight() {
      return chain.finalHeight
    },
    send,
    openStream: (events, signal) => chain.openStream(events, signal),
    dialect: (name) => chain.dialect?.(name),
  }
}
