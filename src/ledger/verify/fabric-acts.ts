import type { Act, Effects } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import { runningService } from './service-acts.ts'
import type { StateTrie } from './state-trie.ts'

const pem = /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n?$/
const place = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]):[0-9]{1,5}$/
const contractName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const packageName = /^(?:preset:[a-z0-9-]{1,32}|[0-9a-f]{64})$/

function requirePem(text: string): void {
  if (text.length > 4096 || !pem.test(text)) f.refuse('that is no certificate')
}

function requirePlace(text: string): void {
  if (!place.test(text)) f.refuse('that is no host with its port')
}

/** Whether an owner's member operates an active node. */
function operates(owner: string, node: string, state: StateTrie): boolean {
  const object = f.readObject(state, `node/${node}`)
  const [, member] = owner.split('/')
  return object?.get('status') === 'active' && object.get('operator') === member
}

/** An orderer is known whole, or not at all. */
function requireOrderer(payload: ItemMap, at: string, certificates: readonly string[]): void {
  const isThere = payload.has(at)
  if (certificates.some((name) => payload.has(name) !== isThere)) f.refuse('half an orderer')
  if (!isThere) return
  requirePlace(f.text(payload, at))
  for (const name of certificates) requirePem(f.text(payload, name))
}

function organisationRegister({ payload, owner }: Act, state: StateTrie): void {
  const needed = { node: 'text', root: 'longText', peer: 'longText', expect: 'number' } as const
  const raft = { orderer: 'longText', ordererCertificate: 'longText' } as const
  const bft = {
    bftOrderer: 'longText',
    bftCertificate: 'longText',
    bftIdentity: 'longText',
  } as const
  f.requireFields(payload, needed, { ...raft, ...bft })
  const [node, root, peer] = ['node', 'root', 'peer'].map((name) => f.text(payload, name))
  requirePem(root ?? '')
  requirePlace(peer ?? '')
  requireOrderer(payload, 'orderer', ['ordererCertificate'])
  requireOrderer(payload, 'bftOrderer', ['bftCertificate', 'bftIdentity'])
  if (!operates(owner, node ?? '', state)) f.refuse(`${node} was no node of ${owner}`)
  const key = `organisation/${node}`
  const before = f.readObject(state, key)
  if (payload.get('expect') !== (before?.get('version') ?? 0))
    f.refuse(`${key} had another version`)
  if (before && before.get('root') !== root) f.refuse('its root was another one')
  const kept = [...payload].filter(([name]) => name !== 'node' && name !== 'expect')
  f.writeObject(state, key, new Map(kept))
}

function fabricService(state: StateTrie, id: string): ItemMap {
  const service = runningService(state, id)
  if (service.get('framework') !== 'fabric') f.refuse(`${id} is not of fabric`)
  return service
}

function channelOpen({ payload, owner }: Act, state: StateTrie): void {
  f.requireFields(payload, { service: 'text', nodes: 'list', block: 'bytes' })
  const block = f.bytes(payload, 'block')
  if (block.length === 0 || block.length > 49_152) f.refuse('no block, or too long a one')
  const id = f.text(payload, 'service')
  const on = f.texts(fabricService(state, id), 'nodes')
  const nodes = f.set(payload, 'nodes')
  if (nodes.length === 0 || nodes.length > 64) f.refuse('no nodes, or too many')
  const isMember = (node: Item) => {
    const isOn = on.length === 0 || on.includes(String(node))
    return typeof node === 'string' && isOn && state.get(`organisation/${node}`) !== undefined
  }
  if (!nodes.every(isMember)) f.refuse('one of the nodes has no organisation, or is not on it')
  if (!nodes.some((node) => operates(owner, String(node), state))) f.refuse('none was its own')
  if (state.get(`channel/${id}`)) f.refuse(`the channel of ${id} was open`)
  const channel: [string, Item][] = [
    ['nodes', nodes],
    ['block', block],
  ]
  f.writeObject(state, `channel/${id}`, new Map(channel))
}

type Running = {
  readonly on: readonly string[]
  readonly channel: ItemMap
  readonly nodes: string[]
}

/** The channel of a service that runs, for the operator of one of its nodes. */
function runningChannel(state: StateTrie, id: string, owner: string): Running {
  const on = f.texts(fabricService(state, id), 'nodes')
  const channel = f.readObject(state, `channel/${id}`) ?? f.refuse(`${id} had no channel`)
  const nodes = f.texts(channel, 'nodes')
  if (!nodes.some((node) => operates(owner, node, state))) f.refuse('none of its nodes was its own')
  return { on, channel, nodes }
}

function channelChange({ payload, owner }: Act, state: StateTrie): void {
  const needed = { service: 'text', nodes: 'list', update: 'bytes', number: 'number' } as const
  f.requireFields(payload, needed)
  if (f.bytes(payload, 'update').length > 49_152) f.refuse('too long an update')
  const id = f.text(payload, 'service')
  const { on, nodes: before } = runningChannel(state, id, owner)
  const after = f.set(payload, 'nodes')
  if (after.length === 0 || after.length > 64) f.refuse('no nodes, or too many')
  const known = new Set<Item>(before)
  const joining = after.filter((node) => !known.has(node))
  const leaving = before.filter((node) => !after.includes(node))
  if (joining.length + leaving.length > 1) f.refuse('more than one node joined or left')
  for (const node of joining) {
    const isWanted = typeof node === 'string' && on.includes(node)
    if (!isWanted || !state.get(`organisation/${node}`)) f.refuse('a node joined that may not')
  }
  for (const node of leaving) {
    if (on.length === 0 || on.includes(node)) f.refuse(`${node} was to stay`)
  }
  const last = Number(f.readObject(state, `change/${id}`)?.get('number') ?? 0)
  if (payload.get('number') !== last + 1) f.refuse(`change ${last + 1} of ${id} was the next`)
  const kept = [...payload].filter(([name]) => name !== 'service')
  f.writeObject(state, `change/${id}`, new Map<string | number, Item>([...kept, ['signed', []]]))
}

/** A change that is under way, by its number. */
function openChange(state: StateTrie, id: string, number: Item | undefined): ItemMap {
  const change = f.readObject(state, `change/${id}`)
  if (!change?.has('update') || change.get('number') !== number)
    return f.refuse(`change ${number} of ${id} was not under way`)
  return change
}

function channelSign({ payload, owner }: Act, state: StateTrie): void {
  const needed = { service: 'text', node: 'text', number: 'number', signature: 'bytes' } as const
  f.requireFields(payload, needed)
  const signature = f.bytes(payload, 'signature')
  if (signature.length > 8192) f.refuse('too long a signature')
  const [id, node] = [f.text(payload, 'service'), f.text(payload, 'node')]
  const { nodes } = runningChannel(state, id, owner)
  if (!nodes.includes(node) || !operates(owner, node, state)) f.refuse(`${node} was not its own`)
  const change = openChange(state, id, payload.get('number'))
  const signed = f.list(change, 'signed')
  const hasSigned = signed.some((pair) => Array.isArray(pair) && pair[0] === node)
  if (hasSigned) f.refuse(`${node} had signed`)
  const { version: _, ...fields } = Object.fromEntries(change)
  const next = { ...fields, signed: [...signed, [node, signature]] }
  f.writeObject(state, `change/${id}`, new Map<string, Item>(Object.entries(next)))
}

function channelChanged({ payload, owner }: Act, state: StateTrie): void {
  f.requireFields(payload, { service: 'text', number: 'number' })
  const id = f.text(payload, 'service')
  const { channel, nodes: before } = runningChannel(state, id, owner)
  const change = openChange(state, id, payload.get('number'))
  if (f.list(change, 'signed').length <= before.length / 2) f.refuse('most had not signed')
  const nodes = f.list(change, 'nodes')
  const [block, number] = [f.bytes(channel, 'block'), Number(change.get('number'))]
  f.writeObject(state, `channel/${id}`, new Map<string, Item>(Object.entries({ nodes, block })))
  f.writeObject(state, `change/${id}`, new Map<string, Item>(Object.entries({ nodes, number })))
}

function contractDefine({ payload, owner }: Act, state: StateTrie): void {
  const needed = { service: 'text', name: 'text', package: 'text', sequence: 'number' } as const
  f.requireFields(payload, needed, { policy: 'longText' })
  const [id, name] = [f.text(payload, 'service'), f.text(payload, 'name')]
  if (!contractName.test(name)) f.refuse(`${name} is no name of a contract`)
  if (!packageName.test(f.text(payload, 'package'))) f.refuse('that names no package')
  if (payload.has('policy')) {
    const policy = f.text(payload, 'policy')
    if (policy.length > 1024 || !/^[\x20-\x7e]+$/.test(policy)) f.refuse('that is no policy')
  }
  const service = fabricService(state, id)
  if (!f.decidesFor(owner, service.get('publisher'))) f.refuse(`${owner} does not decide on ${id}`)
  const key = `contract/${id}/${name}`
  const before = Number(f.readObject(state, key)?.get('sequence') ?? 0)
  if (payload.get('sequence') !== before + 1) f.refuse(`${key} had another sequence`)
  const kept = [...payload].filter(([field]) => field !== 'service' && field !== 'name')
  f.writeObject(state, key, new Map(kept))
}

export const fabricEffects: Effects = {
  'organisation-register': organisationRegister,
  'channel-open': channelOpen,
  'channel-change': channelChange,
  'channel-sign': channelSign,
  'channel-changed': channelChanged,
  'contract-define': contractDefine,
}
