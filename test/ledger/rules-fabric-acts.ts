import type { Books, Fields, Service } from './rules-books.ts'
import { type By, isFor, type Rule, stoppedCode, texts } from './rules-rule.ts'

/** Organisations, channels and contracts of Fabric, in the model. */
export const fabricActs: Readonly<Record<string, Rule>> = {
  'organisation-register': registerOrganisation,
  'channel-open': openChannel,
  'channel-change': changeChannel,
  'channel-sign': signChange,
  'channel-changed': endChange,
  'contract-define': defineContract,
}

function operates(books: Books, node: string, owner: string): boolean {
  const known = books.nodes.get(node)
  return known?.status === 'active' && known.operator === owner.replace(/.*\//, '')
}

function registerOrganisation(books: Books, fields: Fields, { owner }: By): string | undefined {
  const { node, expect, root, peer, orderer, ordererCertificate } = fields
  const { bftOrderer, bftCertificate, bftIdentity } = fields
  if ((orderer === undefined) !== (ordererCertificate === undefined)) return 'ACT_INVALID'
  const ofBft = [bftOrderer, bftCertificate, bftIdentity]
  if (new Set(ofBft.map((one) => one === undefined)).size === 2) return 'ACT_INVALID'
  if (!operates(books, String(node), owner)) return 'NOT_ALLOWED'
  const before = books.organisations.get(String(node))
  const { version = 0 } = before ?? {}
  if (expect !== version) return 'VERSION_STALE'
  if (before && before.root !== root) return 'ACT_CONFLICT'
  const orders =
    orderer === undefined
      ? {}
      : { orderer: String(orderer), ordererCertificate: String(ordererCertificate) }
  const ordersByBft =
    bftOrderer === undefined
      ? {}
      : {
          bftOrderer: String(bftOrderer),
          bftCertificate: String(bftCertificate),
          bftIdentity: String(bftIdentity),
        }
  const places = { peer: String(peer), ...orders, ...ordersByBft }
  const next = { root: String(root), ...places, version: version + 1 }
  books.organisations.set(String(node), next)
  return undefined
}

/** A service of Fabric that runs, or why not. */
function runningOf(books: Books, id: string): Service | string {
  const service = books.services.get(id)
  if (!service) return 'SERVICE_UNKNOWN'
  if (service.status !== 'running') return stoppedCode(service.status)
  return service.framework === 'fabric' ? service : 'ACT_INVALID'
}

function openChannel(books: Books, fields: Fields, { owner }: By): string | undefined {
  const id = String(fields.service)
  const service = runningOf(books, id)
  if (typeof service === 'string') return service
  const nodes = texts(fields.nodes)
  const isOn = (node: string) => service.nodes.length === 0 || service.nodes.includes(node)
  const areMembers = nodes.every((node) => isOn(node) && books.organisations.has(node))
  if (nodes.length === 0 || !areMembers) return 'ACT_INVALID'
  if (!nodes.some((node) => operates(books, node, owner))) return 'NOT_ALLOWED'
  if (books.channels.has(id)) return 'ACT_CONFLICT'
  books.channels.set(id, { nodes, block: String(fields.block), version: 1 })
  return undefined
}

function changeChannel(books: Books, fields: Fields, { owner }: By): string | undefined {
  const id = String(fields.service)
  const service = runningOf(books, id)
  if (typeof service === 'string') return service
  const channel = books.channels.get(id)
  if (!channel) return 'ACT_CONFLICT'
  const nodes = texts(fields.nodes)
  const more = nodes.filter((one) => !channel.nodes.includes(one))
  const less = channel.nodes.filter((one) => !nodes.includes(one))
  const on = service.nodes
  const areWanted = more.every((one) => on.includes(one) && books.organisations.has(one))
  const areNot = less.every((one) => on.length > 0 && !on.includes(one))
  const steps = more.length + less.length
  if (nodes.length === 0 || steps > 1 || !areWanted || !areNot) return 'ACT_INVALID'
  if (!channel.nodes.some((node) => operates(books, node, owner))) return 'NOT_ALLOWED'
  const { number = 0, version = 0 } = books.changes.get(id) ?? {}
  if (fields.number !== number + 1) return 'VERSION_STALE'
  const change = { nodes, number: number + 1, update: String(fields.update), signed: [] }
  books.changes.set(id, { ...change, version: version + 1 })
  return undefined
}

function signChange(books: Books, fields: Fields, { owner }: By): string | undefined {
  const id = String(fields.service)
  const service = runningOf(books, id)
  if (typeof service === 'string') return service
  const channel = books.channels.get(id)
  if (!channel) return 'ACT_CONFLICT'
  const node = String(fields.node)
  if (!channel.nodes.includes(node) || !operates(books, node, owner)) return 'NOT_ALLOWED'
  const change = books.changes.get(id)
  if (!change?.signed || change.number !== fields.number) return 'VERSION_STALE'
  if (change.signed.some(([by]) => by === node)) return 'ACT_CONFLICT'
  const signed = [...change.signed, [node, String(fields.signature)] as const]
  books.changes.set(id, { ...change, signed, version: change.version + 1 })
  return undefined
}

function endChange(books: Books, fields: Fields, { owner }: By): string | undefined {
  const id = String(fields.service)
  const service = runningOf(books, id)
  if (typeof service === 'string') return service
  const channel = books.channels.get(id)
  if (!channel) return 'ACT_CONFLICT'
  if (!channel.nodes.some((node) => operates(books, node, owner))) return 'NOT_ALLOWED'
  const change = books.changes.get(id)
  if (!change?.signed || change.number !== fields.number) return 'VERSION_STALE'
  if (change.signed.length < Math.floor(channel.nodes.length / 2) + 1) return 'ACT_CONFLICT'
  const { nodes, number, version } = change
  books.channels.set(id, { ...channel, nodes, version: channel.version + 1 })
  books.changes.set(id, { nodes, number, version: version + 1 })
  return undefined
}

function defineContract(books: Books, fields: Fields, { owner }: By): string | undefined {
  const id = String(fields.service)
  const service = runningOf(books, id)
  if (typeof service === 'string') return service
  if (!isFor(owner, service.publisher)) return 'NOT_ALLOWED'
  const name = `${id}/${fields.name}`
  const { sequence = 0, version = 0 } = books.contracts.get(name) ?? {}
  if (fields.sequence !== sequence + 1) return 'VERSION_STALE'
  const policy = fields.policy === undefined ? {} : { policy: String(fields.policy) }
  const next = { package: String(fields.package), sequence: sequence + 1, ...policy }
  books.contracts.set(name, { ...next, version: version + 1 })
  return undefined
}
