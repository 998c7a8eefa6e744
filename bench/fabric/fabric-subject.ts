import type { Server } from '../network/server.ts'

/** A service of Fabric on a node that runs, and who may write to it. */
export type FabricSubject = {
  readonly server: Server
  readonly service: string
  readonly ledger: string
  readonly apiKey: string
  readonly contract: string
}
