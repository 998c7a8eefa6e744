import { createClient } from '@openbsn/sdk'
import type { Writers } from '../network/issuers.ts'
import type { Server } from '../network/server.ts'

/** Height and size of the ledger, as a node has it. */
export type Head = { readonly height: number; readonly size: number }

export async function headOf({ gateway }: Server, { ledger }: Writers): Promise<Head> {
  const { height, size } = await createClient({ gateway, ledger }).checkpoint()
  return { height, size }
}
