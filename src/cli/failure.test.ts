import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { errorRow, everyError } from './catalogue.ts'
import { cliErrors } from './errors.ts'
import { fail } from './fail.ts'
import { cliFailure, exitCode, exitCodeOf, failureOf } from './failure.ts'

const exitOf = (error: unknown) => failureOf(error, errorRow).exit

describe('exit codes', () => {
  it('are the promised ones', () => {
    assert.deepEqual(Object.values(exitCode), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130])
  })

  it('follow from the HTTP status, of the answer or of the catalogue', () => {
    const table: [number, number][] = [
      [400, 1],
      [401, 3],
      [403, 3],
      [404, 4],
      [409, 5],
      [429, 6],
      [500, 1],
      [503, 7],
      [504, 8],
    ]
    for (const [status, exit] of table) {
      assert.equal(exitOf(new CodedError('NEW', '', { details: { status } })), exit, `${status}`)
    }
    assert.equal(exitOf(new CodedError('SERVICE_UNKNOWN', '')), 4)
    assert.equal(exitOf(new CodedError('ACT_CONFLICT', '')), 5)
    assert.equal(exitOf(new CodedError('KEY_REVOKED', '')), 3)
  })

  it('are 9 for every proof that does not hold', () => {
    for (const code of Object.keys(everyError)) {
      const isProof =
        /^(RECEIPT|KEY_BUNDLE|STATE_PROOF|TRANSACTION_PROOF|GENESIS)_.*(?<!PENDING)$/.test(code)
      if (!isProof || Object.hasOwn(cliErrors, code)) continue
      assert.equal(exitCodeOf(code, everyError[code]?.status ?? null), 9, code)
    }
  })

  it('tell unreachable and unknown outcome apart', () => {
    assert.equal(exitOf(new CodedError('GATEWAY_UNREACHABLE', '')), 7)
    assert.equal(exitOf(fail('OUTCOME_UNKNOWN', '')), 8)
    assert.equal(exitOf(new CodedError('RECEIPT_PENDING', '')), 7)
    assert.equal(exitOf(new CodedError('LISTS_BEHIND', '')), 7)
  })
})

describe('failureOf', () => {
  it('says for every code of the catalogue what to do', () => {
    for (const code of Object.keys(everyError)) {
      const { remedy, meaning } = failureOf(new CodedError(code, 'x'), errorRow)
      assert.ok(remedy && meaning, code)
    }
    const { remedy, meaning } = cliFailure('CLI_OPTION_UNKNOWN', 'x')
    assert.ok(remedy && meaning)
  })

  it('knows files that are missing, and takes anything else for a fault of ours', () => {
    const system = (code: string) => Object.assign(new TypeError('x'), { syscall: 'open', code })
    assert.equal(failureOf(system('ENOENT'), errorRow).code, 'FILE_NOT_FOUND')
    assert.equal(failureOf(system('EACCES'), errorRow).code, 'FILE_UNUSABLE')
    assert.equal(failureOf(new TypeError('x'), errorRow).code, 'INTERNAL')
    assert.equal(failureOf('text', errorRow).message, 'text')
  })
})
