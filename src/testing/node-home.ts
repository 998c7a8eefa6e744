import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeCbor, signStatement, toHex, utf8 } from '@openbsn/sdk'
import { readKeyFile, signerOfStored } from '../crypto/key-file.ts'
import { assert } from '../kernel/assert.ts'
import { type OpenLedger, openLedger } from '../ledger/open-ledger.ts'
import { createHome, homePaths } from '../node/create-home.ts'
import { modules } from '../node/modules.ts'
import { credentialPolicy } from '../services/credential-module.ts'
import { testFolder } from './folder.ts'

const clock = { nowSeconds: () => 1_800_000_000 }
const onFailure = (error: Error) => {
  throw error
}

/** A data folder as `bsn up` makes it, with its ledger open and a few services in it. */
export async function testHome() {
  const folder = testFolder()
  const home = join(folder.path, 'home')
  await createHome({ home, name: 'Test', gateway: 'http://127.0.0.1:1' }, { clock, onFailure })
  const ledger = openHomeLedger(home)
  let services = 0
  /** Registers so many services, a block each. */
  async function work(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const [outcome] = await ledger.submit([await serviceAct(home, ledger.id, `s${services++}`)])
      assert(outcome?.outcome === 'appended', 'a new service is registered')
    }
  }
  await work(40)
  // A run is named by the block after the one that filled its table, as soon as it is written.
  while (ledger.store.manifest().runs.length === 0) await work(1)
  return {
    home,
    ledger,
    work,
    path: (name: string) => join(folder.path, name),
    remove: async () => {
      await ledger.close()
      folder.remove()
    },
  }
}

/** Opens the ledger of a data folder with the key in it; small tables, so that runs exist. */
export function openHomeLedger(home: string): OpenLedger {
  const paths = homePaths(home)
  return openLedger(
    { folder: paths.ledger, workers: 1, groupMs: 0, memtableEntries: 8 },
    {
      clock,
      signer: readKeyFile(paths.validatorKey),
      modules,
      recordPolicy: credentialPolicy,
      onFailure,
    },
  )
}

/** A control statement of the home's administrator that creates a service. */
export function serviceAct(home: string, aud: string, id: string): Promise<Uint8Array> {
  const { member } = JSON.parse(readFileSync(homePaths(home).profile, 'utf8'))
  const iat = clock.nowSeconds()
  const claims = { iss: member.id, sub: 'bsn:services', aud, iat, exp: iat + 60, cti: utf8(id) }
  const payload = encodeCbor(
    new Map([
      ['id', id],
      ['framework', 'records'],
    ]),
  )
  const contentType = 'application/vnd.openbsn.service-create+cbor'
  return signStatement({ contentType, claims, payload }, signerOfStored(member))
}

/** What a copy of a ledger must share. */
export function headOf({ id, head }: OpenLedger) {
  const entries = head.firstIndex + head.count
  return { ledger: id, height: head.height, entries, appHash: toHex(head.appHash) }
}
