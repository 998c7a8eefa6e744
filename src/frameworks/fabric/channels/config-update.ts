import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { common, msp } from '@hyperledger/fabric-protos'
import { isCodedError } from '@openbsn/sdk'
import type { LifecyclePlace } from '../contracts/lifecycle.ts'
import type { Enrolled } from '../organisation/ca-client.ts'
import { signLowS } from '../organisation/low-s.ts'
import { type Programs, runPeer } from './channel.ts'
import { runTool } from './run-tool.ts'

/**
 * What leads from one state of a channel's settings to another (ConfigUpdate), the same bytes for
 * the same; undefined where there is no difference. @throws FABRIC_STEP_FAILED
 */
export async function computeUpdate(
  { folder: programs }: Programs,
  channel: string,
  { present, next }: { readonly present: common.Config; readonly next: common.Config },
): Promise<Uint8Array | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'bsn-fabric-'))
  const [original, updated, output] = ['original', 'updated', 'output'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  try {
    await writeFile(original, present.serializeBinary())
    await writeFile(updated, next.serializeBinary())
    const files = ['--original', original, '--updated', updated, '--output', output]
    await runTool(`the change of ${channel} is computed`, {
      path: join(programs, 'configtxlator'),
      args: ['compute_update', '--channel_id', channel, ...files],
    })
    return inOrder(await readFile(output))
  } catch (error) {
    if (isCodedError(error) && error.message.includes('no differences detected')) return undefined
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same bytes for what is the same: maps, which come in any order, by their names. */
export const inOrder = (update: Uint8Array): Uint8Array =>
  common.ConfigUpdate.deserializeBinary(update).serializeBinary()

/** An administrator's agreement to an update (ConfigSignature). */
export function signUpdate(
  update: Uint8Array,
  { mspId, certificate, key }: Enrolled & { readonly mspId: string },
): Uint8Array {
  const identity = new msp.SerializedIdentity()
  identity.setMspid(mspId)
  identity.setIdBytes(Buffer.from(certificate))
  const header = new common.SignatureHeader()
  header.setCreator(identity.serializeBinary())
  header.setNonce(randomBytes(24))
  const bytes = header.serializeBinary()
  const signature = new common.ConfigSignature()
  signature.setSignatureHeader(bytes)
  signature.setSignature(signLowS(Buffer.concat([bytes, update]), key))
  return signature.serializeBinary()
}

/** Has the orderers make an update count that enough have signed. @throws FABRIC_STEP_FAILED */
export async function submitUpdate(
  { programs, folder, msp: admin, orderer: { address, root } }: LifecyclePlace,
  channel: string,
  { update, signatures }: { readonly update: Uint8Array; readonly signatures: Uint8Array[] },
): Promise<void> {
  const own = await mkdtemp(join(tmpdir(), 'bsn-fabric-'))
  try {
    const file = join(own, 'update')
    await writeFile(file, envelopeOf(channel, update, signatures))
    const to = ['--channelID', channel, '--orderer', address, '--tls', '--cafile', root]
    const args = ['channel', 'update', '--file', file, ...to]
    await runPeer(programs, `${channel} is changed`, { folder, msp: admin, args })
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}

/** As Fabric's command reads it, which signs all of it. */
function envelopeOf(channel: string, update: Uint8Array, signatures: Uint8Array[]): Uint8Array {
  const wanted = new common.ConfigUpdateEnvelope()
  wanted.setConfigUpdate(update)
  wanted.setSignaturesList(signatures.map((one) => common.ConfigSignature.deserializeBinary(one)))
  const channelHeader = new common.ChannelHeader()
  channelHeader.setType(common.HeaderType.CONFIG_UPDATE)
  channelHeader.setChannelId(channel)
  const header = new common.Header()
  header.setChannelHeader(channelHeader.serializeBinary())
  const payload = new common.Payload()
  payload.setHeader(header)
  payload.setData(wanted.serializeBinary())
  const envelope = new common.Envelope()
  envelope.setPayload(payload.serializeBinary())
  return envelope.serializeBinary()
}
