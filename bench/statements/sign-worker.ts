import { closeSync, openSync, writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import sodium from 'sodium-native'
import { patchNumber } from '../load/numbers.ts'
import type { Writers } from '../network/issuers.ts'
import { byteStringHead, headBytes } from './statement-file.ts'
import { createTemplates, type Template, type TemplateOptions } from './template.ts'

/** A part of a statement file, for one thread: `count` records from record `from` on. */
export type SignJob = {
  readonly path: string
  readonly writers: Writers
  readonly options: TemplateOptions
  readonly from: number
  readonly count: number
  /** Number of the file's first statement. */
  readonly firstNumber: number
}

/** Records of one write to the file: about a megabyte. */
const stepRecords = 2500

function signInto(out: Uint8Array, template: Template, number: number): void {
  const { bytes, numberAt, signatureAt, signed, signedNumberAt, secretKey } = template
  patchNumber(signed, signedNumberAt, number)
  out.set(byteStringHead(bytes.length))
  const statement = out.subarray(headBytes)
  statement.set(bytes)
  patchNumber(statement, numberAt, number)
  sodium.crypto_sign_detached(statement.subarray(signatureAt, signatureAt + 64), signed, secretKey)
}

async function work({ path, writers, options, from, count, firstNumber }: SignJob): Promise<void> {
  const templates = await createTemplates(writers, options)
  const length = headBytes + (templates[0]?.bytes.length ?? 0)
  const step = Buffer.alloc(length * stepRecords)
  const file = openSync(path, 'r+')
  for (let done = 0; done < count; done += stepRecords) {
    const records = Math.min(stepRecords, count - done)
    for (let i = 0; i < records; i++) {
      const number = firstNumber + from + done + i
      const template = templates[number % templates.length]
      if (template) signInto(step.subarray(i * length, (i + 1) * length), template, number)
    }
    writeSync(file, step, 0, records * length, (from + done) * length)
  }
  closeSync(file)
}

await work(workerData as SignJob)
parentPort?.postMessage('done')
