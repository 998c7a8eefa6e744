import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { CborReader, parseStatement, sigStructure, thumbprint, toHex } from '@openbsn/sdk'
import { signerOfStored } from '../../src/crypto/key-file.ts'
import { createVerifier, type Verifier } from '../../src/crypto/native.ts'
import { assert } from '../../src/kernel/assert.ts'
import type { Writers } from '../network/issuers.ts'
import { recordBytes, type StatementFile } from '../statements/statement-file.ts'

/** Records that one thread verifies over and over. */
export type VerifyJob = {
  readonly writers: Writers
  readonly file: StatementFile
  readonly from: number
  readonly count: number
  readonly seconds: number
}

type Signed = { readonly message: Uint8Array; readonly signature: Uint8Array; verifier: Verifier }

/** Everything but the verification itself is done before the clock starts. */
function prepare({ writers, file, from, count }: VerifyJob): Signed[] {
  const verifiers = new Map(
    writers.issuers.map(({ key: stored }) => {
      const { key } = signerOfStored(stored)
      return [toHex(thumbprint(key)), createVerifier(key.algorithm, key.raw)]
    }),
  )
  const length = recordBytes(file)
  const bytes = readFileSync(file.path).subarray(from * length, (from + count) * length)
  const reader = new CborReader(bytes)
  return Array.from({ length: count }, () => {
    const { protectedBytes, payload, signature, kid } = parseStatement(reader.readBytes())
    const verifier = verifiers.get(toHex(kid))
    assert(verifier !== undefined, 'statements are signed by the writers')
    return { message: sigStructure(protectedBytes, payload), signature, verifier }
  })
}

function run(job: VerifyJob): number {
  const all = prepare(job)
  const started = performance.now()
  let done = 0
  while (performance.now() - started < job.seconds * 1000) {
    for (let i = 0; i < 100; i++) {
      const one = all[done % all.length]
      assert(one?.verifier(one.message, one.signature) === true, 'every signature holds')
      done++
    }
  }
  return (done * 1000) / (performance.now() - started)
}

parentPort?.postMessage(run(workerData as VerifyJob))
