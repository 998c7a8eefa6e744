import type { CborMap, CborValue } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import {
  type Act,
  checkFields,
  conflict,
  idOf,
  invalid,
  isSetOf,
  type Module,
  notAllowed,
  speaksFor,
} from '../ledger/modules/module.ts'
import { readObject, type State, writeObject } from '../ledger/state/state-view.ts'
import { changeChannel, endChange, signChange } from './fabric-changes.ts'
import { isNodeOf, membersMax, runningService } from './fabric-rules.ts'
import {
  bftNames,
  channelKey,
  contractKey,
  contractOf,
  organisationKey,
  readOrganisation,
} from './fabric-state.ts'

/**
 * What city nodes have to know of one another to run Hyperledger Fabric together (ADR 0049): their
 * organisations, the first blocks of channels, how these change, and which contracts publishers
 * want on them.
 */

const [certificateLengthMax, policyLengthMax] = [4096, 1024]
/** A statement holds 64 KiB. */
const blockBytesMax = 48 * 1024

/** By patterns, not parsers: what they take must be the same on every node, of any version. */
const addressPattern = /^([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]):[0-9]{1,5}$/
const certificatePattern =
  /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n?$/
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const packagePattern = /^(preset:[a-z0-9-]{1,32}|[0-9a-f]{64})$/
const policyPattern = /^[ -~]+$/

const certificateRule = `one certificate in PEM, of at most ${certificateLengthMax} characters`
const addressRule = 'host:port, of at most 260 characters'

function isCertificate(value: CborValue | undefined): boolean {
  const isShort = typeof value === 'string' && value.length <= certificateLengthMax
  return isShort && certificatePattern.test(value)
}

const isAddress = (value: CborValue | undefined) =>
  typeof value === 'string' && addressPattern.test(value)

/** An operator says where the organisation of its node is, and who certifies it. */
function registerOrganisation({ payload, owner }: Act, state: State): Refusal | undefined {
  const fixed = { node: 'text', root: 'longText', peer: 'longText', expect: 'number' } as const
  const ordering = Object.fromEntries(ordererNames.map((name) => [name, 'longText' as const]))
  const wrong = checkFields(payload, fixed, ordering) ?? checkOrderers(payload)
  if (wrong) return wrong
  const [node, root, peer] = ['node', 'root', 'peer'].map((name) => String(payload.get(name)))
  if (!isCertificate(root)) return invalid(`root: ${certificateRule}.`)
  if (!isAddress(peer)) return invalid(`peer: ${addressRule}.`)
  if (!isNodeOf(String(node), owner, state)) {
    return notAllowed(`${idOf(owner)} runs no city node ${node}.`)
  }
  const before = readOrganisation(state, String(node))
  const { version = 0 } = before ?? {}
  if (payload.get('expect') !== version) {
    const key = organisationKey(String(node))
    const detail = `${key} is at version ${version}, the act expects ${payload.get('expect')}.`
    return { code: 'VERSION_STALE', detail }
  }
  // Channels have it in their settings.
  if (before && before.root !== root) return conflict(`The root of ${node} stays as it is.`)
  const given = ordererNames.flatMap((name) => {
    const value = payload.get(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  writeObject(state, organisationKey(String(node)), {
    ...{ root: String(root), peer: String(peer) },
    ...Object.fromEntries(given),
  })
  return undefined
}

/** An orderer's place comes first, and then its certificates. */
const orderers = [['orderer', 'ordererCertificate'], bftNames] as const
const ordererNames = orderers.flat()

function checkOrderers(payload: CborMap): Refusal | undefined {
  for (const [place, ...certificates] of orderers) {
    const names = [place, ...certificates]
    const given = names.filter((name) => payload.get(name) !== undefined)
    if (given.length === 0) continue
    if (given.length < names.length) return invalid(`${names.join(', ')}: all, or none.`)
    if (!isAddress(payload.get(place))) return invalid(`${place}: ${addressRule}.`)
    const bad = certificates.find((name) => !isCertificate(payload.get(name)))
    if (bad) return invalid(`${bad}: ${certificateRule}.`)
  }
  return undefined
}

/** One of the nodes of a service makes its channel known by its first block. */
function openChannel({ payload, owner }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { service: 'text', nodes: 'list', block: 'bytes' })
  if (wrong) return wrong
  const [id, block] = [String(payload.get('service')), payload.get('block') as Uint8Array]
  if (block.length < 1 || block.length > blockBytesMax) {
    return invalid(`block: 1 to ${blockBytesMax} bytes.`)
  }
  const service = runningService(id, state)
  if ('code' in service) return service
  const isMember = (one: CborValue) =>
    typeof one === 'string' &&
    (service.nodes.length === 0 || service.nodes.includes(one)) &&
    readOrganisation(state, one) !== undefined
  const nodes = payload.get('nodes')
  if (!isSetOf(nodes, isMember, { most: membersMax })) {
    return invalid('nodes: city nodes of the service with an organisation, each once.')
  }
  if (!nodes.some((one) => isNodeOf(String(one), owner, state))) {
    return notAllowed(`${idOf(owner)} runs none of these city nodes.`)
  }
  if (readObject(state, channelKey(id))) return conflict(`The channel of ${id} is open.`)
  writeObject(state, channelKey(id), { nodes, block })
  return undefined
}

/** The publisher of a service says which contract its channel is to have under a name. */
function defineContract({ payload, owner }: Act, state: State): Refusal | undefined {
  const fixed = { service: 'text', name: 'text', package: 'text', sequence: 'number' } as const
  const wrong = checkFields(payload, fixed, { policy: 'longText' })
  if (wrong) return wrong
  const [id, name] = [String(payload.get('service')), String(payload.get('name'))]
  if (!namePattern.test(name)) return invalid('name: 1 to 64 of A-Z, a-z, 0-9, _ and -.')
  if (!packagePattern.test(String(payload.get('package')))) {
    return invalid('package: preset:NAME, or the SHA-256 of an archive in hex.')
  }
  const policy = payload.get('policy')
  if (policy !== undefined && !isPolicy(policy)) {
    return invalid(`policy: at most ${policyLengthMax} printable ASCII characters.`)
  }
  const service = runningService(id, state)
  if ('code' in service) return service
  if (!speaksFor(owner, service.publisher)) return notAllowed(`Only its publisher changes ${id}.`)
  const key = contractKey(id, name)
  const object = readObject(state, key)
  const next = (object ? contractOf(object).sequence : 0) + 1
  const sequence = Number(payload.get('sequence'))
  if (sequence !== next) {
    const detail = `${key} is to get the sequence ${next}, the act has ${sequence}.`
    return { code: 'VERSION_STALE', detail }
  }
  const chosen = policy === undefined ? {} : { policy }
  writeObject(state, key, { package: String(payload.get('package')), sequence, ...chosen })
  return undefined
}

function isPolicy(value: CborValue): boolean {
  return typeof value === 'string' && value.length <= policyLengthMax && policyPattern.test(value)
}

export const fabricModule: Module = {
  name: 'bsn:fabric',
  signers: ['member', 'operator'],
  versions: [
    {
      version: 1,
      acts: {
        'application/vnd.openbsn.organisation-register+cbor': registerOrganisation,
        'application/vnd.openbsn.channel-open+cbor': openChannel,
        'application/vnd.openbsn.channel-change+cbor': changeChannel,
        'application/vnd.openbsn.channel-sign+cbor': signChange,
        'application/vnd.openbsn.channel-changed+cbor': endChange,
        'application/vnd.openbsn.contract-define+cbor': defineContract,
      },
    },
  ],
}
