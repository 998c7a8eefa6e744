import assert from 'node:assert/strict'
import { it } from 'node:test'
import { common, ledger, gateway as messages, peer } from '@hyperledger/fabric-protos'
import { changesSomething } from './write-set.ts'

const { rwset } = ledger
const { kvrwset } = rwset

type Sets = {
  readonly keys?: (set: ledger.rwset.kvrwset.KVRWSet) => void
  readonly hashed?: (set: ledger.rwset.kvrwset.HashedRWSet) => void
  readonly event?: string
}

/** A transaction as it is after its endorsement, that read one key. */
function endorsed({ keys, hashed, event }: Sets): Uint8Array {
  const own = new kvrwset.KVRWSet()
  own.addReads(new kvrwset.KVRead())
  keys?.(own)
  const secret = new kvrwset.HashedRWSet()
  secret.addHashedReads(new kvrwset.KVReadHash())
  hashed?.(secret)
  const collection = new rwset.CollectionHashedReadWriteSet()
  collection.setHashedRwset(secret.serializeBinary())
  const set = new rwset.NsReadWriteSet()
  set.setRwset(own.serializeBinary())
  set.addCollectionHashedRwset(collection)
  const all = new rwset.TxReadWriteSet()
  all.addNsRwset(new rwset.NsReadWriteSet())
  all.addNsRwset(set)
  const action = new peer.ChaincodeAction()
  action.setResults(all.serializeBinary())
  if (event !== undefined) action.setEvents(Buffer.from(event))
  const answer = new peer.ProposalResponsePayload()
  answer.setExtension$(action.serializeBinary())
  const done = new peer.ChaincodeEndorsedAction()
  done.setProposalResponsePayload(answer.serializeBinary())
  const payload = new peer.ChaincodeActionPayload()
  payload.setAction(done)
  const only = new peer.TransactionAction()
  only.setPayload(payload.serializeBinary())
  const transaction = new peer.Transaction()
  transaction.addActions(only)
  const whole = new common.Payload()
  whole.setData(transaction.serializeBinary())
  const envelope = new common.Envelope()
  envelope.setPayload(whole.serializeBinary())
  const prepared = new messages.PreparedTransaction()
  prepared.setEnvelope(envelope)
  return prepared.serializeBinary()
}

it('what an endorsed transaction reads changes nothing, and all that it writes does', () => {
  assert.ok(!changesSomething(endorsed({})))
  for (const sets of [
    { keys: (set) => void set.addWrites(new kvrwset.KVWrite()) },
    { keys: (set) => void set.addMetadataWrites(new kvrwset.KVMetadataWrite()) },
    { hashed: (set) => void set.addHashedWrites(new kvrwset.KVWriteHash()) },
    { hashed: (set) => void set.addMetadataWrites(new kvrwset.KVMetadataWriteHash()) },
    { event: 'told' },
  ] satisfies Sets[]) {
    assert.ok(changesSomething(endorsed(sets)), JSON.stringify(Object.keys(sets)))
  }
})
