import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  type CborValue,
  CodedError,
  encodeCbor,
  type ServiceObject,
  type StateAnswer,
  toBase64url,
} from '@openbsn/sdk'
import { adviseWriting } from './credential-advice.ts'

const functions = ['put', 'get', 'list']
const roles = [
  { role: 'writer', functions: ['put'] },
  { role: 'reader', functions: ['get'] },
]

/** A gateway that knows one service, with the participants `w` and `r`. */
function clientOf(fields: Partial<ServiceObject> = {}) {
  const service = async (id: string): Promise<ServiceObject> => {
    if (id !== 's') throw new CodedError('SERVICE_UNKNOWN', 'no such service')
    return { id, functions, roles, keyMode: 'key-trust', version: 1, ...fields }
  }
  const state = async (key: string) => {
    const role = key === 'participant/s/w' ? 'writer' : 'reader'
    const value = toBase64url(encodeCbor(new Map<string, CborValue>([['role', role]])))
    return { key, value } as StateAnswer
  }
  return { service, state }
}

const made = { service: 's', isApiKey: true, scopes: undefined, participant: undefined }

it('writing is advised where it works, and warned about where it is expected', async () => {
  const upload = clientOf({ keyMode: 'public-key-upload' })
  const trust = clientOf()
  assert.deepEqual(await adviseWriting(trust, made), { canWrite: true })
  assert.deepEqual(await adviseWriting(upload, { ...made, isApiKey: false }), { canWrite: true })
  assert.deepEqual(await adviseWriting(trust, { ...made, participant: 'w' }), { canWrite: true })
  const noKey = await adviseWriting(upload, made)
  assert.equal(noKey.canWrite, false)
  assert.match(noKey.warning ?? '', /no API key writes to s/)
  const reader = await adviseWriting(trust, { ...made, participant: 'r' })
  assert.equal(reader.canWrite, false)
  assert.match(reader.warning ?? '', /role reader/)
  const closed = await adviseWriting(clientOf({ functions: ['get'] }), made)
  assert.match(closed.warning ?? '', /no function put/)
  const chain = clientOf({ framework: 'evm', functions: ['call', 'send'] })
  assert.deepEqual(await adviseWriting(chain, made), { canWrite: false })
  const signing = await adviseWriting(chain, { ...made, isApiKey: false })
  assert.match(signing.warning ?? '', /tools of chains reach s with an API key/)
  const channel = clientOf({ framework: 'fabric', functions: ['call', 'send'] })
  assert.deepEqual(await adviseWriting(channel, made), { canWrite: false })
  // Nobody expects these to write, or nothing is known.
  const reading = { ...made, scopes: ['records:read'] }
  assert.deepEqual(await adviseWriting(upload, reading), { canWrite: false })
  assert.deepEqual(await adviseWriting(trust, { ...made, service: 'x' }), { canWrite: false })
})
