import { readFileSync } from 'node:fs'
import { decodeCbor } from '@openbsn/sdk'
import { openLedger } from '../../src/ledger/open-ledger.ts'
import { modules } from '../../src/node/modules.ts'
import { credentialPolicy } from '../../src/services/credential-module.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'

/**
 * A process whose ledger writes its memory of repeats to files all the time. Registers the
 * statements of a file (a CBOR array) from one of them on, then from the first on again, until it
 * is killed, and prints for each, once it is on disk, its number, what came of it, and its index.
 */

const [folder = '', file = '', from = '', memtable = '', now = ''] = process.argv.slice(2)
const perRequest = 8

const ledger = openLedger(
  { folder, workers: 1, groupMs: 0, memtableEntries: Number(memtable) },
  {
    clock: { nowSeconds: () => Number(now) },
    signer: namedSigner('validator'),
    modules,
    recordPolicy: credentialPolicy,
    onFailure: (error) => {
      process.stderr.write(`${error.stack}\n`)
      process.exit(1)
    },
  },
)

const all = decodeCbor(readFileSync(file)) as Uint8Array[]
for (let at = Number(from); ; at += perRequest) {
  const some = Array.from({ length: perRequest }, (_, i) => (at + i) % all.length)
  const outcomes = await ledger.submit(some.map((number) => all[number] ?? new Uint8Array()))
  const lines = outcomes.map((one, i) =>
    one.outcome === 'refused'
      ? `${some[i]} ${one.code}: ${one.detail}`
      : `${some[i]} ${one.outcome} ${one.index}`,
  )
  process.stdout.write(`${lines.join('\n')}\n`)
}
