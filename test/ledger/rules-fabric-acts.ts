import type { Books, Fields, Service } from './rules-books.ts'
import { type By, isFor, type Rule, stoppedCode, texts } from './rules-rule.ts'

/** Organisations, channels and contracts of Fabric, in the model. */
export const fabricActs: Readonly<Record<string, Rule>> = {
  'organisation-register': registerOrganisation,
  'channel-open': openChannel,
  'contract-define': defineContract,
}

function operates(books: Books, node: string, owner: string): boolean {
  const known = books.nodes.get(node)
  return known?.status === 'active' && known.operator === owner.replace(/.*\//, '')
}

function registerOrganisation(books: Books, fields: Fields, { owner }: By): string | undefined {
  const { node, expect, root, peer, orderer, ordererCertificate } = fields
  if ((orderer === undefined) !== (ordererCertificate === undefined)) return 'ACT_INVALID'
  if (!operates(books, String(node), owner)) return 'NOT_ALLOWED'
  const before = books.organisations.get(String(node))
  const { version = 0 } = before ?? {}
  if (expect !== version) return 'VERSION_STALE'
  if (before && before.root !== root) return 'ACT_CONFLICT'
  const orders =
    orderer === undefined
      ? {}
      : { orderer: String(orderer), ordererCertificate: String(ordererCertificate) }
  const next = { root: String(root), peer: String(peer), ...orders, version: version + 1 }
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
