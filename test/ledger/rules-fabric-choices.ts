import type { Books, Fields, ModelAct } from './rules-books.ts'
import { type Chance, defined } from './rules-chance.ts'
import { type Choose, expected, someOf } from './rules-names.ts'

/** Acts on the one service of Fabric, and on the organisations of its nodes, by chance. */

export const fabricChoices: readonly (readonly [number, Choose])[] = [
  [2, tradeService],
  [4, someOrganisation],
  [4, someChannel],
  [10, someChange],
  [2, someContract],
]

/** What stands for certificates. */
const certificateOf = (text: string) =>
  `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`

function tradeService(books: Books, _: number, chance: Chance): ModelAct {
  const nodes = chance.oneIn(3) ? { nodes: someOf([...books.nodes.keys()], chance) } : {}
  const id = 'trade'
  if (!books.services.has(id) || chance.oneIn(8)) {
    return { does: 'service-create', fields: { id, framework: 'fabric', ...nodes } }
  }
  const expect = expected(books.services, id, chance)
  return { does: 'service-update', fields: { id, expect, ...nodes } }
}

function someOrganisation(books: Books, _: number, chance: Chance): ModelAct {
  const { oneIn, oneOf, pick, prng } = chance
  const node = pick([...books.nodes.keys()], 'n1')
  const [orders, ordersByBft] = [oneIn(2), oneIn(2)]
  const fields = defined({
    node,
    root: certificateOf(oneIn(10) ? 'b' : 'a'),
    peer: oneOf('peer.example:7051', '[::1]:7051'),
    orderer: orders ? oneOf('orderer.example:7050', '10.0.0.1:7050') : undefined,
    ordererCertificate: orders !== oneIn(20) ? certificateOf('c') : undefined,
    bftOrderer: ordersByBft ? 'orderer.example:7060' : undefined,
    bftCertificate: ordersByBft !== oneIn(20) ? certificateOf('d') : undefined,
    bftIdentity: ordersByBft !== oneIn(20) ? certificateOf('e') : undefined,
    expect: oneIn(10) ? prng.int(0, 3) : (books.organisations.get(node)?.version ?? 0),
  }) as Fields
  return { does: 'organisation-register', fields }
}

function someChannel(books: Books, _: number, chance: Chance): ModelAct {
  const { oneIn, oneOf } = chance
  const on = books.services.get('trade')?.nodes ?? []
  const known = [...books.organisations.keys()]
  const usual = on.length === 0 ? known : on.filter((node) => known.includes(node))
  const nodes = oneIn(8) ? someOf([...books.nodes.keys()], chance) : usual
  const service = oneIn(20) ? oneOf('flights', 'coin', 'nowhere') : 'trade'
  return { does: 'channel-open', fields: { service, nodes, block: oneOf('first', 'other') } }
}

/** What is next in the change of the channel, for the most part. */
function someChange(books: Books, _: number, chance: Chance): ModelAct {
  const { oneIn, oneOf, pick, prng } = chance
  const service = oneIn(30) ? oneOf('flights', 'nowhere') : 'trade'
  const present = books.channels.get('trade')?.nodes ?? []
  const change = books.changes.get('trade')
  const number = (change?.number ?? 0) + (oneIn(12) ? prng.int(0, 3) : 0)
  if (!change?.signed || oneIn(8)) {
    const on = books.services.get('trade')?.nodes ?? []
    const joining = on.find((node) => !present.includes(node) && books.organisations.has(node))
    const leaving = present.find((node) => !on.includes(node))
    const wanted = joining ? [...present, joining] : present.filter((node) => node !== leaving)
    const nodes = oneIn(8) ? someOf([...books.nodes.keys()], chance) : wanted
    const fields = { service, nodes, update: oneOf('first', 'other'), number: number + 1 }
    return { does: 'channel-change', fields }
  }
  const absent = present.filter((node) => !change.signed?.some(([by]) => by === node))
  if (absent.length * 2 < present.length ? oneIn(2) : oneIn(8)) {
    return { does: 'channel-changed', fields: { service, number } }
  }
  const node = oneIn(8) ? pick([...books.nodes.keys()], 'n1') : pick(absent, 'n1')
  const fields = { service, node, number, signature: oneOf('first', 'other') }
  return { does: 'channel-sign', fields }
}

function someContract(books: Books, _: number, chance: Chance): ModelAct {
  const { oneIn, oneOf, prng } = chance
  const service = oneIn(20) ? oneOf('flights', 'nowhere') : 'trade'
  const name = oneOf('assets', 'Books_2')
  const { sequence = 0 } = books.contracts.get(`${service}/${name}`) ?? {}
  const fields = defined({
    ...{ service, name, package: oneOf('preset:key-value', 'ab'.repeat(32)) },
    sequence: oneIn(8) ? prng.int(0, 4) : sequence + 1,
    policy: oneIn(3) ? "OR('n1.peer')" : undefined,
  }) as Fields
  return { does: 'contract-define', fields }
}
