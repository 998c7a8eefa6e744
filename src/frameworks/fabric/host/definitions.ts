import { isCodedError } from '@openbsn/sdk'
import { runPeer } from '../channels/channel.ts'
import { type Definition, definedBy, type LifecyclePlace } from '../contracts/lifecycle.ts'

/** A definition that counts. */
export type Committed = { readonly sequence: number; readonly version: string }

const command = ['lifecycle', 'chaincode']
type Named = Pick<Definition, 'channel' | 'name'>

/** Undefined where a channel has no contract of that name. @throws FABRIC_STEP_FAILED */
export async function committedDefinition(
  place: LifecyclePlace,
  { channel, name }: Named,
): Promise<Committed | undefined> {
  const named = ['--channelID', channel, '--name', name]
  const said = await asked(place, ['querycommitted', ...named], /namespace .* is not defined/)
  if (said === undefined) return undefined
  return { sequence: Number(said.sequence), version: String(said.version) }
}

/** Which package this node's organisation agreed to; undefined where to none. */
export async function approvedPackage(
  place: LifecyclePlace,
  { channel, name, sequence, version }: Definition,
): Promise<string | undefined> {
  const named = ['--channelID', channel, '--name', name, '--sequence', String(sequence)]
  const none = /could not fetch approved chaincode definition|is not defined/
  const said = await asked(place, ['queryapproved', ...named], none)
  if (said === undefined || said.version !== version) return undefined
  return said.source?.Type?.LocalPackage?.package_id
}

/** Which organisations agreed to exactly this. @throws FABRIC_STEP_FAILED */
export async function approvals(
  place: LifecyclePlace,
  definition: Definition,
): Promise<ReadonlySet<string>> {
  const said = await asked(place, ['checkcommitreadiness', ...definedBy(definition)], undefined)
  const all = Object.entries(said?.approvals ?? {})
  return new Set(all.flatMap(([mspId, hasAgreed]) => (hasAgreed ? [mspId] : [])))
}

/** What Fabric's answers have, as far as it is read. */
type Said = {
  readonly sequence?: number
  readonly version?: string
  readonly approvals?: Readonly<Record<string, boolean>>
  readonly source?: {
    readonly Type?: { readonly LocalPackage?: { readonly package_id?: string } }
  }
}

async function asked(
  { programs, folder, msp }: LifecyclePlace,
  args: readonly string[],
  none: RegExp | undefined,
): Promise<Said | undefined> {
  const step = `the definitions of contracts are read (${args[0]})`
  const asking = [...command, ...args, '--output', 'json']
  try {
    return JSON.parse(await runPeer(programs, step, { folder, msp, args: asking }))
  } catch (error) {
    if (none && isCodedError(error) && none.test(error.message)) return undefined
    throw error
  }
}
