import {
  actContent,
  isCodedError,
  leafHash,
  parseStatement,
  type Statement,
  type StatementInput,
  signStatement,
  statementIdentity,
} from '@openbsn/sdk'
import { authorityFieldsOf } from './authority-fields.ts'
import type { AuthorityFields } from './check-messages.ts'
import type { CheckedStatement } from './check-pool.ts'
import type { Refusal } from './check-statement.ts'
import type { LocalSigner } from './native.ts'

/**
 * A statement that this process signed itself, moments ago and with a key in its memory. Nobody but
 * `createOwnStatements` can make one: the class is not exported, and its mark is private to it, so
 * that bytes from outside never pass for it. Its form was read as strictly as that of any other;
 * its signature is not verified again, because it was never out of our hands (ADR 0017).
 */
class MadeStatement implements CheckedStatement {
  readonly #isMade = true
  readonly bytes: Uint8Array
  readonly authority: AuthorityFields
  readonly iat: number
  readonly exp: number | undefined
  readonly isAct: boolean
  readonly isKeyed: boolean
  readonly identity: Uint8Array
  readonly content: Uint8Array
  readonly leaf: Uint8Array

  constructor(bytes: Uint8Array, statement: Statement, authority: AuthorityFields) {
    const { iat, exp, cti, key } = statement.claims
    this.bytes = bytes
    this.authority = authority
    this.iat = iat
    this.exp = exp
    this.isAct = cti !== undefined
    this.isKeyed = key !== undefined
    this.identity = statementIdentity(statement)
    this.content = cti === undefined ? new Uint8Array(32) : actContent(statement)
    this.leaf = leafHash(bytes)
  }

  static isOwn(value: object): value is MadeStatement {
    return #isMade in value && value.#isMade
  }
}

export type OwnStatement = MadeStatement

/** What a ledger takes: bytes that it checks, or a statement that was signed in this process. */
export type Submission = Uint8Array | OwnStatement

export const isOwnStatement = (value: Submission): value is OwnStatement =>
  MadeStatement.isOwn(value)

/** The bytes of a statement, whoever made it. */
export const bytesOfSubmission = (one: Submission): Uint8Array =>
  isOwnStatement(one) ? one.bytes : one

/** Authorities that are kept, so that what the ledger decides on one is decided once. */
const authoritiesMax = 20_000

/** Makes statements with one key. */
export interface OwnStatements {
  /** A refusal where no statement can say this. */
  make(input: StatementInput): Promise<OwnStatement | Refusal>
}

export function createOwnStatements(signer: LocalSigner): OwnStatements {
  const authorities = new Map<string, AuthorityFields>()

  function authorityOf(statement: Statement): AuthorityFields {
    const { contentType, claims } = statement
    const { iss, sub, aud, credential } = claims
    const name = JSON.stringify([contentType, iss, sub, aud, credential])
    const known = authorities.get(name)
    if (known) return known
    if (authorities.size >= authoritiesMax) authorities.clear()
    const fields = authorityFieldsOf(statement)
    authorities.set(name, fields)
    return fields
  }

  return {
    async make(input) {
      try {
        const bytes = await signStatement(input, signer)
        const statement = parseStatement(bytes)
        return new MadeStatement(bytes, statement, authorityOf(statement))
      } catch (error) {
        if (isCodedError(error)) return { code: error.code, detail: error.message }
        throw error
      }
    },
  }
}
