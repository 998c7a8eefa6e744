import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { toHex, utf8 } from '@openbsn/sdk'
import {
  openPrivatePayloads,
  type PrivatePayloads,
  privateOptions,
} from '../../src/compliance/private-payloads/private-payloads.ts'
import { openKeyEncryption } from '../../src/crypto/key-encryption.ts'
import { createPrng } from '../../src/testing/prng.ts'

/** A line of the history: what was begun, what the ledger was shown, what was answered. */
export type Line = {
  readonly what: 'keep' | 'registered' | 'kept' | 'gone' | 'erase' | 'erased'
  readonly subject: string
  /** Of what is kept. */
  readonly act?: string
  /** In hex, of what is registered. */
  readonly commitment?: string
}

export const subjects = ['ada', 'bob', 'cem', 'dot', 'eve', 'fay'] as const
export const place = { ledger: 'bsn1', service: 'shop' }
/** What the act of that name keeps: a retry must bring the same. */
export const textOf = (act: string): string => `payload of ${act}`

/** Works on a data folder by chance until it has done enough, or is killed. */
async function work(folder: string, seed: number): Promise<void> {
  const prng = createPrng(seed)
  const clock = { nowSeconds: () => 1_800_000_000 }
  const kek = openKeyEncryption(`${folder}.kek`, { mayCreate: true })
  const onFailure = (error: Error) => {
    throw error
  }
  const payloads = openPrivatePayloads(privateOptions(folder), { kek, clock, onFailure })
  const tell = (line: Line) => {
    appendFileSync(join(`${folder}.history`), `${JSON.stringify(line)}\n`)
  }
  for (let turn = 0; turn < 12; turn++) {
    // Side by side, each with a subject of its own: else nobody could say which came first.
    const first = prng.int(0, subjects.length - 1)
    const acts = Array.from({ length: prng.int(1, 4) }, (_, i) => {
      const subject = subjects[(first + i) % subjects.length] ?? 'ada'
      if (prng.int(0, 9) === 0) return erase(payloads, subject, tell)
      // Few numbers, so that many are retries.
      return keep(payloads, { subject, act: `${subject} ${prng.int(0, 30)}` }, tell)
    })
    await Promise.all(acts)
  }
  await payloads.close()
}

type Tell = (line: Line) => void

async function keep(
  payloads: PrivatePayloads,
  { subject, act }: { readonly subject: string; readonly act: string },
  tell: Tell,
): Promise<void> {
  tell({ what: 'keep', act, subject })
  const payload = utf8(textOf(act))
  const input = { ...place, subject, act: utf8(act), contentType: 'text/plain', payload }
  const { state } = await payloads.keep(input, async (commitment) => {
    tell({ what: 'registered', act, subject, commitment: toHex(commitment) })
    return { isRefused: false, outcome: undefined }
  })
  tell({ what: state === 'kept' ? 'kept' : 'gone', act, subject })
}

async function erase(payloads: PrivatePayloads, subject: string, tell: Tell): Promise<void> {
  tell({ what: 'erase', subject })
  await payloads.erase({ ...place, subject, credential: 'cred_1' })
  tell({ what: 'erased', subject })
}

const [folder, seed] = process.argv.slice(2)
if (import.meta.main && folder !== undefined) await work(folder, Number(seed))
