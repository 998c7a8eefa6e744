import { contractOf, refused } from '../frameworks/fabric/contracts/contract-functions.ts'

/** A contract that keeps texts under keys, and tells of each by the name of its key. */
export const contract = contractOf({
  async put(stub, [key = '', text = '']) {
    if (text === '') throw refused('nothing to put')
    await stub.putState(key, Buffer.from(text))
    stub.setEvent(key, Buffer.from(text))
    return ''
  },
  async count(stub, [key = '']) {
    const next = Number(Buffer.from(await stub.getState(key)).toString('utf8')) + 1
    await stub.putState(key, Buffer.from(String(next)))
    return String(next)
  },
  async get(stub, [key = '']) {
    return Buffer.from(await stub.getState(key)).toString('utf8')
  },
})
