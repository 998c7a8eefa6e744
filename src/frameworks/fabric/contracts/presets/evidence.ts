import { type ContractFunction, contractOf, refused } from '../contract-functions.ts'

/** Evidence that is written once: who said what digest when, and never another under its id. */

/** @throws parameters error */
const textsIn = (args: readonly string[], count: number): readonly string[] => {
  const isWhole = args.length === count && args.every((arg) => arg !== '')
  if (isWhole) return args
  throw refused(`parameters error: ${count} texts are asked for`)
}

const digestPattern = /^[0-9a-f]{64}$/

const add: ContractFunction = async (stub, args) => {
  const [id = '', digest = '', about = ''] = textsIn(args, 3)
  if (!digestPattern.test(digest)) {
    throw refused('parameters error: the digest is 64 lower-case hex digits (SHA-256)')
  }
  if ((await stub.getState(id)).length > 0) throw refused(`there is evidence ${id} already`)
  const { mspid } = stub.getCreator()
  const time = Number(stub.getTxTimestamp().seconds)
  const text = JSON.stringify({ id, digest, about, by: mspid, time, transaction: stub.getTxID() })
  await stub.putState(id, Buffer.from(text))
  stub.setEvent('add', Buffer.from(text))
  return text
}

const get: ContractFunction = async (stub, args) => {
  const [id = ''] = textsIn(args, 1)
  const text = Buffer.from(await stub.getState(id)).toString('utf8')
  if (text === '') throw refused(`there is no evidence ${id}`)
  return text
}

/** Whether a digest is that of an evidence. */
const check: ContractFunction = async (stub, args) => {
  const [id = '', digest = ''] = textsIn(args, 2)
  const { digest: known } = JSON.parse((await get(stub, [id])) ?? '')
  return String(known === digest)
}

export const contract = contractOf({ add, get, check })
