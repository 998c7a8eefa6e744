import type { Act, Effects } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import { runningService, standingService } from './service-acts.ts'
import type { StateTrie } from './state-trie.ts'

const blocksMax = 1024

/** The operator of an active node on the service's list; of any, where it has no list. */
function requireOperator(service: ItemMap, owner: string, state: StateTrie): void {
  const nodes = f.texts(service, 'nodes')
  const member = owner.replace('operator/', '')
  const isItsNode = (id: string) => {
    const node = f.readObject(state, `node/${id}`)
    return node?.get('operator') === member && node.get('status') === 'active'
  }
  if (nodes.length > 0 && !nodes.some(isItsNode)) f.refuse(`the service is on no node of ${member}`)
}

function blocksRegister({ payload, owner }: Act, state: StateTrie): void {
  const numbers = ['chain', 'generation', 'first', 'last', 'count', 'expect']
  const needed = { service: 'text', hash: 'bytes', root: 'bytes' } as const
  f.requireFields(payload, {
    ...needed,
    ...Object.fromEntries(numbers.map((name) => [name, 'number' as const])),
  })
  const [chain = 0, generation = 0, first = 0, last = 0, count = 0, expect] = numbers.map((name) =>
    Number(payload.get(name)),
  )
  if (chain === 0 || count === 0) f.refuse('no chain, or no transactions')
  if (last < first || last >= first + blocksMax) f.refuse('the range is none, or too long')
  const [hash, root] = [f.bytes(payload, 'hash'), f.bytes(payload, 'root')]
  if (hash.length !== 32 || root.length !== 32) f.refuse('hash and root are hashes')
  const id = f.text(payload, 'service')
  const service = standingService(state, id)
  if (service.get('framework') === 'records') f.refuse(`${id} has no chain`)
  requireOperator(service, owner, state)
  const key = `chain/${id}`
  const before = f.readObject(state, key)
  if (expect !== Number(before?.get('version') ?? 0)) f.refuse(`${key} was at another version`)
  requireNext({ chain, generation, first }, before)
  const after = Object.entries({ chain, generation, last, hash }) as [string, Item][]
  f.writeObject(state, key, new Map(after))
}

type Range = { readonly chain: number; readonly generation: number; readonly first: number }

function requireNext({ chain, generation, first }: Range, before: ItemMap | undefined): void {
  if (!before && generation !== 0) f.refuse('generations begin with 0')
  if (!before) return
  const [oldChain, old, last] = ['chain', 'generation', 'last'].map((name) => before.get(name))
  if (chain !== oldChain) f.refuse('the chain was another one')
  const isSame = generation === old
  if (!isSame && generation !== Number(old) + 1) f.refuse('generations grow by one')
  if (isSame && first <= Number(last)) f.refuse('these blocks were registered')
}

const isActiveNode = (state: StateTrie, id: Item | undefined) =>
  f.readObject(state, `node/${id}`)?.get('status') === 'active'

/** A node signs for a credential until it is retired; then another one may. */
function senderRegister({ payload, owner }: Act, state: StateTrie): void {
  const texts = { credential: 'text', node: 'text' } as const
  f.requireFields(payload, { ...texts, address: 'bytes', expect: 'number' })
  if (f.bytes(payload, 'address').length !== 20) f.refuse('an address has 20 bytes')
  const [id, node] = [f.text(payload, 'credential'), f.text(payload, 'node')]
  const credential = f.existing(state, `credential/${id}`)
  const service = runningService(state, f.text(credential, 'service'))
  if (service.get('framework') !== 'evm') f.refuse('its service has no accounts')
  const operator = f.readObject(state, `node/${node}`)?.get('operator')
  const isItsOwn = `operator/${operator}` === owner && isActiveNode(state, node)
  const on = f.texts(service, 'nodes')
  if (!isItsOwn || (on.length > 0 && !on.includes(node)))
    f.refuse(`${node} was no node of ${owner}`)
  const key = `sender/${id}`
  const before = f.readObject(state, key)
  if (payload.get('expect') !== (before?.get('version') ?? 0))
    f.refuse(`${key} had another version`)
  const old = before?.get('node')
  if (before && old !== node && isActiveNode(state, old)) f.refuse(`${old} signs for ${id}`)
  const after: [string, Item][] = [
    ['node', node],
    ['address', f.bytes(payload, 'address')],
  ]
  f.writeObject(state, key, new Map(after))
}

export const blockEffects: Effects = {
  'blocks-register': blocksRegister,
  'sender-register': senderRegister,
}
