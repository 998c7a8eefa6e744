import type { Books, Fields, ModelAct } from './rules-books.ts'
import type { Chance } from './rules-chance.ts'
import { type Choose, expected, someOf } from './rules-names.ts'

/** Acts on the one service that has a chain, and on its blocks, by chance. */

export const blockChoices: readonly (readonly [number, Choose])[] = [
  [1, coinService],
  [3, someBlocks],
  [3, someSender],
]

function coinService(books: Books, _: number, chance: Chance): ModelAct {
  const nodes = chance.oneIn(3) ? { nodes: someOf([...books.nodes.keys()], chance) } : {}
  const id = 'coin'
  if (!books.services.has(id) || chance.oneIn(8)) {
    return { does: 'service-create', fields: { id, framework: 'evm', ...nodes } }
  }
  const expect = expected(books.services, id, chance)
  return { does: 'service-update', fields: { id, expect, ...nodes } }
}

function someBlocks(books: Books, _: number, chance: Chance): ModelAct {
  const { oneIn, oneOf, prng } = chance
  const service = oneIn(20) ? oneOf('flights', 'nowhere') : 'coin'
  const before = books.chains.get(service)
  const isBack = oneIn(6)
  const next = isBack ? prng.int(0, before?.last ?? 9) : (before?.last ?? -1) + prng.int(1, 3)
  const usual = (before?.generation ?? 0) + (isBack && before ? 1 : 0)
  const fields: Fields = {
    service,
    chain: oneIn(20) ? 8 : 7,
    generation: oneIn(10) ? prng.int(0, 3) : usual,
    first: next,
    last: next + (oneIn(20) ? oneOf(-1, 1024) : oneOf(0, 5, 1023)),
    hash: `block ${prng.int(0, 9)}`,
    root: 'root',
    count: oneIn(20) ? 0 : prng.int(1, 1000),
    expect: oneIn(10) ? prng.int(0, 3) : (before?.version ?? 0),
  }
  return { does: 'blocks-register', fields }
}

function someSender(books: Books, _: number, chance: Chance): ModelAct {
  const { oneIn, oneOf, pick, prng } = chance
  const all = [...books.credentials]
  const ofCoin = all.filter(([, { service }]) => service === 'coin')
  const credential = pick(
    (oneIn(6) ? all : ofCoin).map(([id]) => id),
    'c1',
  )
  const { version = 0, node: last } = books.senders.get(credential) ?? {}
  const node = last && oneIn(3) ? last : pick([...books.nodes.keys()], 'n1')
  const expect = oneIn(10) ? prng.int(0, 3) : version
  const fields = { credential, node, address: oneOf('ann', 'ben'), expect }
  return { does: 'sender-register', fields }
}
