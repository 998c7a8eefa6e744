import { type ContractFunction, contractOf, refused } from '../contract-functions.ts'

/** The key-value contract that BSN's own manuals call, with its functions and its words. */

/** @throws parameters error */
const only = (args: readonly string[]): string => {
  const [arg] = args
  if (args.length === 1 && arg !== undefined) return arg
  throw refused('parameters error')
}

/** A key, and the JSON of its value. @throws parameters error */
function pairIn(args: readonly string[]): { readonly key: string; readonly value: string } {
  let pair: { readonly baseKey?: unknown; readonly baseValue?: unknown } | null
  try {
    pair = JSON.parse(only(args))
  } catch {
    throw refused('parameters error')
  }
  const { baseKey: key, baseValue: value } = pair ?? {}
  if (typeof key !== 'string' || key === '' || value === undefined)
    throw refused('parameters error')
  return { key, value: typeof value === 'string' ? value : JSON.stringify(value) }
}

const success = 'SUCCESS'

const set: ContractFunction = async (stub, args) => {
  const { key, value } = pairIn(args)
  if ((await stub.getState(key)).length > 0) throw refused('key value already exists')
  await stub.putState(key, Buffer.from(value))
  stub.setEvent('set', Buffer.from(JSON.stringify({ baseKey: key, baseValue: value })))
  return success
}

const update: ContractFunction = async (stub, args) => {
  const { key, value } = pairIn(args)
  if ((await stub.getState(key)).length === 0) throw refused('key value not exist')
  await stub.putState(key, Buffer.from(value))
  stub.setEvent('update', Buffer.from(JSON.stringify({ baseKey: key, baseValue: value })))
  return success
}

const remove: ContractFunction = async (stub, args) => {
  const key = only(args)
  if ((await stub.getState(key)).length === 0) throw refused('key value not exist')
  await stub.deleteState(key)
  stub.setEvent('delete', Buffer.from(JSON.stringify({ baseKey: key })))
  return success
}

const get: ContractFunction = async (stub, args) => {
  const value = await stub.getState(only(args))
  if (value.length === 0) throw refused('data not found')
  return Buffer.from(value).toString('utf8')
}

const getHistory: ContractFunction = async (stub, args) => {
  const found = []
  const changes = await stub.getHistoryForKey(only(args))
  try {
    for (let next = await changes.next(); !next.done; next = await changes.next()) {
      const { txId, value, timestamp, isDelete } = next.value
      const txTime = new Date(Number(timestamp.seconds) * 1000).toISOString()
      const dataInfo = Buffer.from(value).toString('utf8')
      found.push({ txId, dataInfo, txTime, isDelete: String(isDelete) })
    }
  } finally {
    await changes.close()
  }
  return JSON.stringify(found)
}

export const contract = contractOf({ set, update, delete: remove, get, getHistory })
