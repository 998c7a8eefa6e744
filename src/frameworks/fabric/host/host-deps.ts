import type { Environment } from '../../../engines/go-build.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { ChainNotice } from '../../chain-notice.ts'
import type { Archives } from '../packages/archives.ts'
import type { HostLedger } from './host-ledger.ts'

export type FabricHostOptions = {
  /** For all that this node has of Fabric; made where absent. */
  readonly folder: string
  /** Where others find its peer and its orderer. */
  readonly host: string
  /** Where tools are that packages of contracts are built with. */
  readonly env: Environment
}

export type FabricHostDeps = {
  readonly ledger: HostLedger
  /** The name of this node in the alliance; undefined until it is registered. */
  readonly node: () => string | undefined
  readonly archives: Archives
  readonly findPrograms: () => Promise<Programs>
  readonly clock: Clock
  readonly nowMs: () => number
  readonly onNotice: (notice: ChainNotice) => void
  /** Its peer is in the channel of a service, or is no more. */
  readonly onHosted: (service: string) => void
}

export type Programs = { readonly folder: string; readonly caServer: string }
