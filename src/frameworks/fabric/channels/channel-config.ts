import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { common, orderer } from '@hyperledger/fabric-protos'
import { isCodedError } from '@openbsn/sdk'
import type { LifecyclePlace } from '../contracts/lifecycle.ts'
import type { Ordering } from '../organisation/orderers.ts'
import { makeChannel, type Programs, runPeer } from './channel.ts'
import type { ChannelMember, ChannelOrderer } from './channel-settings.ts'

/** What a channel's settings are to say of its organisations; each of them orders. */
export type WantedMember = ChannelMember & { readonly orderer: ChannelOrderer }

/** The settings of a channel, as an orderer has them now. @throws FABRIC_STEP_FAILED */
export async function readConfig(
  { programs, folder, msp, orderer: { address, root } }: LifecyclePlace,
  channel: string,
): Promise<common.Config> {
  const own = await mkdtemp(join(tmpdir(), 'bsn-fabric-'))
  try {
    const block = join(own, 'block')
    const from = ['--channelID', channel, '--orderer', address, '--tls', '--cafile', root]
    const args = ['channel', 'fetch', 'config', block, ...from]
    await runPeer(programs, `the settings of ${channel} are read`, { folder, msp, args })
    return configIn(await readFile(block))
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}

/** Whether an orderer has this organisation in a channel. @throws FABRIC_STEP_FAILED */
export async function isMember(place: LifecyclePlace, channel: string): Promise<boolean> {
  try {
    await readConfig(place, channel)
    return true
  } catch (error) {
    if (isCodedError(error) && error.message.includes('FORBIDDEN')) return false
    throw error
  }
}

/** How a channel orders whose first block this is. */
export function orderingOf(block: Uint8Array): Ordering {
  const values = groupOf(configIn(block), 'Orderer').getValuesMap()
  return consensusOf(values.get('ConsensusType')).getType() === 'BFT' ? 'bft' : 'raft'
}

const consensusOf = (value: common.ConfigValue | undefined) =>
  orderer.ConsensusType.deserializeBinary(value?.getValue_asU8() ?? new Uint8Array())

/** The settings in a block that has some. */
function configIn(block: Uint8Array): common.Config {
  const [bytes = new Uint8Array()] =
    common.Block.deserializeBinary(block).getData()?.getDataList_asU8() ?? []
  const payload = common.Envelope.deserializeBinary(bytes).getPayload_asU8()
  const data = common.Payload.deserializeBinary(payload).getData_asU8()
  return common.ConfigEnvelope.deserializeBinary(data).getConfig() ?? new common.Config()
}

/** Kinds of organisations of a channel. */
const groupNames = ['Application', 'Orderer'] as const

/**
 * The settings of a channel with these organisations for its members. What it says of those that
 * are members already stays, but for certificates of orderers that are others now: of one, where
 * Raft orders, which takes one change of its consenters at a time. @throws FABRIC_STEP_FAILED
 */
export async function withMembers(
  programs: Programs,
  config: common.Config,
  { channel, members }: { readonly channel: string; readonly members: readonly WantedMember[] },
): Promise<common.Config> {
  const next = common.Config.deserializeBinary(config.serializeBinary())
  const named = new Set(members.map(({ mspId }) => mspId))
  for (const name of groupNames) {
    const present = organisationsOf(next, name)
    const known = present.toArray().map(([mspId]) => mspId)
    for (const mspId of known.filter((one) => !named.has(one))) present.del(mspId)
    for (const member of members.filter(({ mspId }) => !known.includes(mspId))) {
      // As the tool would have it in a channel of its own.
      const alone = configIn(await makeChannel(programs, channel, [member]))
      const made = organisationsOf(alone, name).get(member.mspId)
      if (made) present.set(member.mspId, made)
    }
  }
  const ordering = groupOf(next, 'Orderer')
  const values: MessageMap<common.ConfigValue> = ordering.getValuesMap()
  const consensus = values.get('ConsensusType')
  if (consensusOf(consensus).getType() === 'BFT') {
    const wanted = numbered(members, values.get('Orderers'))
    copyOrderers(
      ordering,
      groupOf(configIn(await makeChannel(programs, channel, wanted)), 'Orderer'),
    )
  } else if (consensus) {
    consensus.setValue(await withConsenters(consensus.getValue_asU8(), members))
  }
  return next
}

/** Who orders by BFT, and who of them has to sign a block: both as the tool has it. */
function copyOrderers(ordering: common.ConfigGroup, made: common.ConfigGroup): void {
  const [value, madeValue] = [ordering, made].map((one) => one.getValuesMap().get('Orderers'))
  const [rule, madeRule] = [ordering, made].map((one) =>
    one.getPoliciesMap().get('BlockValidation'),
  )
  value?.setValue(madeValue?.getValue_asU8() ?? new Uint8Array())
  rule?.setPolicy(madeRule?.getPolicy())
}

/** With the numbers that their orderers have in a channel; who is new gets the next ones. */
function numbered(
  members: readonly WantedMember[],
  present: common.ConfigValue | undefined,
): WantedMember[] {
  const mapping = common.Orderers.deserializeBinary(present?.getValue_asU8() ?? new Uint8Array())
  const known = mapping.getConsenterMappingList()
  let last = Math.max(0, ...known.map((one) => one.getId()))
  return members.map(({ orderer: own, ...member }) => {
    const found = known.find((one) => one.getHost() === own.host && one.getPort() === own.port)
    const id = found?.getId() ?? ++last
    return { ...member, orderer: own.bft ? { ...own, bft: { ...own.bft, id } } : own }
  })
}

async function withConsenters(
  value: Uint8Array,
  members: readonly WantedMember[],
): Promise<Uint8Array> {
  const type = orderer.ConsensusType.deserializeBinary(value)
  const metadata = orderer.etcdraft.ConfigMetadata.deserializeBinary(type.getMetadata_asU8())
  const wanted = await Promise.all(members.map(consenterOf))
  const present = metadata.getConsentersList()
  const kept = present.filter((one) => wanted.some((other) => isAt(one, other)))
  const added = wanted.filter((one) => !present.some((other) => isAt(one, other)))
  const isAsBefore = kept.length === present.length && added.length === 0
  metadata.setConsentersList(isAsBefore ? renewed(present, wanted) : [...kept, ...added])
  type.setMetadata(metadata.serializeBinary())
  return type.serializeBinary()
}

type Consenter = orderer.etcdraft.Consenter

async function consenterOf({ orderer: { host, port, certificate } }: WantedMember) {
  const consenter = new orderer.etcdraft.Consenter()
  const bytes = new Uint8Array(await readFile(certificate))
  consenter.setHost(host)
  consenter.setPort(port)
  consenter.setClientTlsCert(bytes)
  consenter.setServerTlsCert(bytes)
  return consenter
}

const isAt = (one: Consenter, other: Consenter) =>
  one.getHost() === other.getHost() && one.getPort() === other.getPort()

/** With the certificate of the first that has another one now. */
function renewed(present: readonly Consenter[], wanted: readonly Consenter[]): Consenter[] {
  const next = [...present]
  for (const [place, one] of present.entries()) {
    const other = wanted.find((each) => isAt(one, each))
    if (!other || one.getServerTlsCert_asB64() === other.getServerTlsCert_asB64()) continue
    next[place] = other
    break
  }
  return next
}

/** The map of a message, whose types come with no package. */
type MessageMap<T> = {
  get(name: string): T | undefined
  set(name: string, value: T): unknown
  del(name: string): unknown
  toArray(): (readonly [name: string, value: T])[]
}

function organisationsOf(config: common.Config, name: string): MessageMap<common.ConfigGroup> {
  return groupOf(config, name).getGroupsMap()
}

function groupOf(config: common.Config, name: string): common.ConfigGroup {
  const groups: MessageMap<common.ConfigGroup> | undefined = config
    .getChannelGroup()
    ?.getGroupsMap()
  const group = groups?.get(name)
  if (!group) throw new RangeError(`the settings of a channel have a group ${name}`)
  return group
}
