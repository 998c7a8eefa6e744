import { readObject, type StateReader } from '../ledger/state/state-view.ts'

/** The city node that signs for a credential on a chain that several nodes reach. */
export type SenderState = {
  readonly node: string
  /** Of its account there. */
  readonly address: Uint8Array
  readonly version: number
}

/** A credential belongs to one service, and so to one chain. */
export const senderKey = (credential: string) => `sender/${credential}`

/** Undefined where no node has said that it signs for the credential. */
export function readSender(state: StateReader, credential: string): SenderState | undefined {
  const object = readObject(state, senderKey(credential))
  const address = object?.get('address')
  if (!object || !(address instanceof Uint8Array)) return undefined
  return { node: String(object.get('node')), address, version: Number(object.get('version')) }
}
