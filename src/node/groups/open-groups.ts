import type { Logger } from '../../gateway/logger.ts'
import { homePaths } from '../create-home.ts'
import { groupHome, groupNames } from '../environment.ts'
import { kekFile, openHomeSecrets } from '../home-secrets.ts'
import type { KeptGroup } from '../join-alliance.ts'
import { createJoinHost, type JoinHostDeps } from '../network/host-joins.ts'
import { readNetwork } from '../network/network-file.ts'
import { openNetwork } from '../network/open-network.ts'
import { type EnvironmentDeps, type OpenEnvironment, openEnvironment } from '../open-environment.ts'
import { rootObjection } from './root-objection.ts'

export type OpenGroupsOptions = {
  readonly home: string
  readonly workers: number
  readonly readOnly: boolean
  readonly kek: string | undefined
  /** Path of the CometBFT program; absent where the node only reads. */
  readonly program: string | undefined
  /** Where other nodes reach what this node runs of Fabric; loopback where absent. */
  readonly fabricHost?: string | undefined
}

/** A group that this node keeps: its ledger, beside the root's. */
export type OpenGroup = OpenEnvironment & { readonly group: string }

/** Opens the groups of a data folder. What is wrong with one keeps nobody from the others. */
export function openGroups(
  options: OpenGroupsOptions,
  deps: Omit<EnvironmentDeps, 'secrets'>,
): OpenGroup[] {
  return groupNames(options.home).flatMap((name) => {
    try {
      return [openGroup(name, options, deps)]
    } catch (error) {
      deps.logger.error({ event: 'group.unusable', err: error }, `${name} is not served`)
      return []
    }
  })
}

function openGroup(
  group: string,
  { home, workers, readOnly, kek = kekFile(home), program, fabricHost }: OpenGroupsOptions,
  deps: Omit<EnvironmentDeps, 'secrets'>,
): OpenGroup {
  const own = groupHome(home, group)
  const { version } = deps
  const network =
    program === undefined
      ? undefined
      : openNetwork({ home: own, network: readNetwork(own), program, version }, deps)
  const secrets = readOnly ? undefined : openHomeSecrets({ home: own, kek }, deps)
  try {
    const { operatorKey } = homePaths(home)
    const beside = network ? { network } : {}
    const options = { home, own, operatorKey, workers, readOnly, fabricHost, ...beside }
    return { ...openEnvironment(options, { ...deps, secrets }), group }
  } catch (error) {
    void secrets?.payloads.close()
    throw error
  }
}

/** Lets nodes of the alliance into a group, by invitations of this node. */
export function groupJoins(
  home: string,
  { group, ledger, network }: OpenGroup,
  { root, ...deps }: Omit<JoinHostDeps, 'ledger' | 'ask'> & { readonly root: OpenEnvironment },
) {
  if (!network) return {}
  const own = groupHome(home, group)
  const { profile } = homePaths(home)
  const objection = rootObjection(root.ledger, { ledger, member: network.operator })
  const options = { home: own, network: readNetwork(own), peer: network.peer, profile, objection }
  return { joins: createJoinHost(options, { ...deps, ledger, ask: network.ask }) }
}

/** What the root ledger is told of the groups of a node. */
export const keptGroups = (groups: readonly OpenGroup[]): KeptGroup[] =>
  groups.map(({ group, ledger }) => ({ id: group, ledger: ledger.id }))

/** Starts the CometBFT of each group. What is wrong with one is told, and keeps nobody waiting. */
export async function startGroups(groups: readonly OpenGroup[], logger: Logger): Promise<void> {
  const starts = groups.map(async ({ group, network }) => {
    await network?.start().catch((error: unknown) => {
      const text = `${group} takes nothing in until this node is started again`
      logger.error({ event: 'group.unusable', err: error }, text)
    })
  })
  await Promise.all(starts)
}
