import { common, ledger, gateway as messages, peer } from '@hyperledger/fabric-protos'

const { rwset } = ledger

/**
 * Whether an endorsed transaction would change anything once it is ordered: a key, a rule of a
 * key, something private, or what those are told who listen to events.
 */
export function changesSomething(prepared: Uint8Array): boolean {
  const envelope = messages.PreparedTransaction.deserializeBinary(prepared).getEnvelope()
  const payload = common.Payload.deserializeBinary(envelope?.getPayload_asU8() ?? new Uint8Array())
  const [action] = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList()
  const proposed = peer.ChaincodeActionPayload.deserializeBinary(
    action?.getPayload_asU8() ?? new Uint8Array(),
  )
  const answer = peer.ProposalResponsePayload.deserializeBinary(
    proposed.getAction()?.getProposalResponsePayload_asU8() ?? new Uint8Array(),
  )
  const done = peer.ChaincodeAction.deserializeBinary(answer.getExtension_asU8())
  if (done.getEvents_asU8().length > 0) return true
  const sets = rwset.TxReadWriteSet.deserializeBinary(done.getResults_asU8()).getNsRwsetList()
  return sets.some((one) => writesKeys(one.getRwset_asU8()) || writesPrivate(one))
}

function writesKeys(bytes: Uint8Array): boolean {
  const set = rwset.kvrwset.KVRWSet.deserializeBinary(bytes)
  return set.getWritesList().length > 0 || set.getMetadataWritesList().length > 0
}

function writesPrivate(set: ledger.rwset.NsReadWriteSet): boolean {
  return set.getCollectionHashedRwsetList().some((one) => {
    const hashed = rwset.kvrwset.HashedRWSet.deserializeBinary(one.getHashedRwset_asU8())
    return hashed.getHashedWritesList().length > 0 || hashed.getMetadataWritesList().length > 0
  })
}
