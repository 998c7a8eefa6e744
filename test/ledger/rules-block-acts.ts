import type { Books, Chain, Fields, Service } from './rules-books.ts'
import { type By, type Rule, stoppedCode } from './rules-rule.ts'

/** Ranges of blocks, and who signs for whom, in the model. */
export const blockActs: Readonly<Record<string, Rule>> = {
  'blocks-register': registerBlocks,
  'sender-register': registerSender,
}

/** Whether a service is on a node of an operator: on all where it names none. */
function isOn({ nodes }: Service, owner: string, books: Books): boolean {
  const member = owner.replace('operator/', '')
  const its = nodes.map((id) => books.nodes.get(id))
  const isActive = its.some((node) => node?.operator === member && node.status === 'active')
  return its.length === 0 || isActive
}

function follows({ chain, generation }: Chain, first: number, before: Chain | undefined): boolean {
  if (!before) return generation === 0
  if (chain !== before.chain) return false
  const isBehind = generation === before.generation && first > before.last
  return isBehind || generation === before.generation + 1
}

function registerBlocks(books: Books, fields: Fields, { owner }: By): string | undefined {
  const number = (name: string) => Number(fields[name])
  const [first, last] = [number('first'), number('last')]
  if (last < first || last > first + 1023 || number('count') === 0) return 'ACT_INVALID'
  const service = books.services.get(String(fields.service))
  if (!service) return 'SERVICE_UNKNOWN'
  if (!['running', 'frozen'].includes(service.status)) return stoppedCode(service.status)
  if (service.framework === 'records') return 'ACT_INVALID'
  if (!isOn(service, owner, books)) return 'NOT_ALLOWED'
  const before = books.chains.get(String(fields.service))
  if (number('expect') !== (before?.version ?? 0)) return 'VERSION_STALE'
  const version = (before?.version ?? 0) + 1
  const [chain, generation] = [number('chain'), number('generation')]
  const next = { chain, generation, last, hash: String(fields.hash), version }
  if (!follows(next, first, before)) return 'ACT_CONFLICT'
  books.chains.set(String(fields.service), next)
  return undefined
}

const isActive = (books: Books, node: string) => books.nodes.get(node)?.status === 'active'

/** Whether a node is there, of that operator, and the service is on it. */
function isItsNode(node: string, { nodes }: Service, owner: string, books: Books): boolean {
  const isOfOwner = owner === `operator/${books.nodes.get(node)?.operator}`
  return isOfOwner && isActive(books, node) && (nodes.length === 0 || nodes.includes(node))
}

function registerSender(books: Books, fields: Fields, { owner }: By): string | undefined {
  const [id, node] = [String(fields.credential), String(fields.node)]
  const service = books.services.get(books.credentials.get(id)?.service ?? '')
  if (!service) return 'OBJECT_NOT_FOUND'
  if (service.status !== 'running') return stoppedCode(service.status)
  if (service.framework !== 'evm') return 'ACT_INVALID'
  if (!isItsNode(node, service, owner, books)) return 'NOT_ALLOWED'
  const before = books.senders.get(id)
  const version = before?.version ?? 0
  if (fields.expect !== version) return 'VERSION_STALE'
  if (before && before.node !== node && isActive(books, before.node)) return 'ACT_CONFLICT'
  books.senders.set(id, { node, address: String(fields.address), version: version + 1 })
  return undefined
}
