import { type CborValue, sha256, toHex, utf8 } from '@openbsn/sdk'
import { keyOf, kidOf } from '../../src/testing/ledger-world.ts'
import { type Books, never } from './rules-books.ts'

/** A value of the state with bytes as hex and maps as objects, for comparing. */
export function plain(value: CborValue): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (!(value instanceof Map)) return value
  return Object.fromEntries([...value].map(([key, one]) => [String(key), plain(one)]))
}

const kid = (name: string) => toHex(kidOf(name))
const hash = (apiKey: string) => toHex(sha256(utf8(apiKey)))
/** The address that a name stands for. */
export const addressOf = (name: string) => sha256(utf8(name)).subarray(0, 20)
const end = (until: number) => (until === never ? null : until)
const bound = (name: string, value: number | undefined) =>
  value === undefined || value === never ? {} : { [name]: value }

/** The objects that the books stand for, by their keys in the state, in order. */
export function objectsOf(books: Books): Map<string, unknown> {
  const all: [string, unknown][] = [['alliance', { ...books.alliance, environment: 'live' }]]
  for (const id of books.alliance.members) {
    all.push([`member/${id}`, { name: id === 'admin' ? 'World' : id, version: 1 }])
  }
  for (const [name, { owner, revoked, until, version }] of books.keys) {
    const key = { owner, key: toHex(keyOf(name)), revoked, ...bound('until', until), version }
    all.push([`key/${kid(name)}`, key])
  }
  for (const [id, service] of books.services) {
    all.push([`service/${id}`, { ...service, environment: 'live' }])
  }
  for (const [id, { keys, apiKeys, expires, ...rest }] of books.credentials) {
    const list = apiKeys.map(([name, until]) => [hash(name), 'hint', end(until)])
    const fields = { ...rest, label: id, keys: keys.map(kid), apiKeys: list }
    all.push([`credential/${id}`, { ...fields, ...bound('expires', expires) }])
  }
  for (const [id, one] of books.participants) all.push([`participant/${id}`, one])
  for (const [id, { facts, ...rest }] of books.nodes)
    all.push([`node/${id}`, { ...facts, ...rest }])
  for (const [id, group] of books.groups) all.push([`group/${id}`, group])
  for (const [id, chain] of books.chains) {
    all.push([`chain/${id}`, { ...chain, hash: hash(chain.hash) }])
  }
  for (const [id, sender] of books.senders) {
    all.push([`sender/${id}`, { ...sender, address: toHex(addressOf(sender.address)) }])
  }
  for (const [name, account] of books.accounts) {
    const [service, address = ''] = name.split('/')
    all.push([`account/${service}/${toHex(addressOf(address))}`, account])
  }
  all.push(...fabricObjects(books))
  for (const [id, quota] of books.quotasInState) all.push([`quota/${id}`, quota])
  for (const [name, credential] of books.apiKeys) {
    all.push([`apikey/${hash(name)}`, { credential, version: 1 }])
  }
  return new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function fabricObjects({
  organisations,
  channels,
  changes,
  contracts,
}: Books): [string, unknown][] {
  return [
    ...[...organisations].map(([id, one]): [string, unknown] => [`organisation/${id}`, one]),
    ...[...channels].map(([id, { block, ...channel }]): [string, unknown] => {
      return [`channel/${id}`, { ...channel, block: hash(block) }]
    }),
    ...[...changes].map(([id, { update, signed, ...change }]): [string, unknown] => {
      const pairs = signed?.map(([node, signature]) => [node, hash(signature)])
      const open = update === undefined ? {} : { update: hash(update), signed: pairs }
      return [`change/${id}`, { ...change, ...open }]
    }),
    ...[...contracts].map(([id, one]): [string, unknown] => [`contract/${id}`, one]),
  ]
}
