import {
  actContent,
  leafHash,
  parseStatement,
  sha256,
  sigStructure,
  statementIdentity,
  toHex,
} from '@openbsn/sdk'
import type { AuthorityFields } from '../../src/crypto/check-messages.ts'
import type { CheckedStatement } from '../../src/crypto/check-pool.ts'
import { readKeyFile } from '../../src/crypto/key-file.ts'
import { bytesOfSubmission } from '../../src/crypto/own-statement.ts'
import { assert } from '../../src/kernel/assert.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { Application } from '../../src/ledger/application.ts'
import { type OpenLedger, openLedger } from '../../src/ledger/open-ledger.ts'
import { Projection } from '../../src/ledger/projection/projection.ts'
import { Solo } from '../../src/ledger/sequencers/solo/solo.ts'
import { homePaths } from '../../src/node/create-home.ts'
import { modules } from '../../src/node/modules.ts'
import { credentialPolicy } from '../../src/services/credential-module.ts'
import { patchNumber } from '../load/numbers.ts'
import type { Writers } from '../network/issuers.ts'
import { serveParent } from '../network/program.ts'
import { createTemplates, type Template, type TemplateOptions } from '../statements/template.ts'

/** Brings the ledger of a stopped node to `entries` entries. */
export type PrefillJob = {
  readonly home: string
  readonly writers: Writers
  readonly options: TemplateOptions
  readonly entries: number
  /** Statements of the load that comes later are numbered from 0 on. */
  readonly firstNumber: number
}

/** Half of what a block takes, so that one is made while another is written. */
const stepEntries = 10_000

/**
 * The real sequencer, rules, log, index and store; only the signatures are neither made nor
 * verified. Five million of them would take most of the run and change nothing of what is stored.
 */
function uncheckedApplication(application: Application, templates: readonly Template[]) {
  const authorities = templates.map(({ bytes }): AuthorityFields => {
    const { kid, algorithm, contentType, claims } = parseStatement(bytes)
    const { iss, sub, aud } = claims
    return { kid: toHex(kid), algorithm: algorithm.id, contentType, iss, sub, aud }
  })
  const digested = (bytes: Uint8Array, place: number): CheckedStatement => {
    const authority = authorities[place % authorities.length]
    assert(authority !== undefined, 'every template has an authority')
    const statement = parseStatement(bytes)
    const isAct = statement.claims.cti !== undefined
    return {
      ...{ bytes, authority, iat: statement.claims.iat, exp: undefined, isAct, isKeyed: false },
      identity: isAct
        ? statementIdentity(statement)
        : sha256(sigStructure(statement.protectedBytes, statement.payload)),
      content: isAct ? actContent(statement) : new Uint8Array(32),
      leaf: leafHash(bytes),
    }
  }
  return {
    get head() {
      return application.head
    },
    check: async (statements) => statements.map((one, i) => digested(bytesOfSubmission(one), i)),
    prepare: (statements) => application.prepare(statements),
    process: (proposal, results) => application.process(proposal, results),
    known: (statement) => application.known(statement),
    execute: (proposal) => application.execute(proposal),
    commit: (execution, signatures) => application.commit(execution, signatures),
    snapshot: (folder) => application.snapshot(folder),
  } satisfies Application
}

/** `count` statements, of each issuer in turn, beginning with the first one. */
function statementsFrom(number: number, count: number, templates: readonly Template[]) {
  return Array.from({ length: count }, (_, i) => {
    const template = templates[i % templates.length]
    assert(template !== undefined, 'there are templates')
    const bytes = Uint8Array.from(template.bytes)
    patchNumber(bytes, template.numberAt, number + i)
    return bytes
  })
}

async function fillLedger(ledger: OpenLedger, job: PrefillJob): Promise<void> {
  const templates = await createTemplates(job.writers, job.options)
  const application = uncheckedApplication(ledger.application, templates)
  const solo = new Solo(
    { ledger: ledger.id, groupMs: 0 },
    {
      application,
      clock: systemClock,
      signer: readKeyFile(homePaths(job.home).validatorKey),
      decidesAlone: () => true,
      onFailure: fail,
    },
  )
  let before: Promise<unknown> = Promise.resolve()
  const missing = job.entries - sizeOf(ledger)
  for (let done = 0; done < missing; done += stepEntries) {
    const count = Math.min(stepEntries, missing - done)
    const submitted = solo.submit(statementsFrom(job.firstNumber + done, count, templates))
    await before
    before = submitted
  }
  await before
  await solo.close()
}

const sizeOf = ({ head }: OpenLedger) => head.firstIndex + head.count

function fail(error: Error): void {
  throw error
}

/** The lists of a node that ran all the time would be complete. */
async function fillProjection(ledger: OpenLedger, folder: string): Promise<void> {
  const source = {
    size: () => sizeOf(ledger),
    entriesFrom: (from: number) => ledger.store.entriesFrom(from),
  }
  const projection = new Projection({ folder }, { source, onFailure: fail })
  await projection.advance()
  await projection.close()
}

serveParent(async (job: PrefillJob) => {
  const paths = homePaths(job.home)
  const ledger = openLedger(
    { folder: paths.ledger, workers: 1 },
    {
      clock: systemClock,
      signer: readKeyFile(paths.validatorKey),
      modules,
      recordPolicy: credentialPolicy,
      onFailure: fail,
    },
  )
  await fillLedger(ledger, job)
  await fillProjection(ledger, paths.projection)
  const size = sizeOf(ledger)
  await ledger.close()
  return { size }
})
