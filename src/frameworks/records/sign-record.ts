import {
  canonicalJson,
  isCodedError,
  reservedPrefix,
  type Signer,
  signStatement,
  utf8,
} from '@openbsn/sdk'
import type { Refusal } from '../../crypto/check-statement.ts'
import { isLocalSigner } from '../../crypto/native.ts'
import { createOwnStatements, type Submission } from '../../crypto/own-statement.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Call } from '../framework.ts'

export type RecordSignerOptions = {
  readonly ledger: string
  /** The member that runs this city node. */
  readonly member: string
}
export type RecordSignerDeps = {
  /** The operator's key. */
  readonly signer: Signer
  readonly clock: Clock
}

/** Makes the statement of a call; a refusal where no statement can say it. */
export type RecordSigner = (call: Call) => Promise<Submission | Refusal>

/** Signs `put` with {key?, contentType?, value}: the payload is the canonical JSON of `value`. */
export function createRecordSigner(
  { ledger, member }: RecordSignerOptions,
  { signer, clock }: RecordSignerDeps,
): RecordSigner {
  const own = isLocalSigner(signer) ? createOwnStatements(signer) : undefined
  return async (call) => {
    const wrong = whyNot(call)
    if (wrong) return wrong
    const { service, credential, id, args } = call
    const { key, contentType = 'application/json', value } = args
    const claims = {
      iss: member,
      sub: service,
      aud: ledger,
      iat: clock.nowSeconds(),
      cti: id,
      credential,
      ...(key === undefined ? {} : { key: String(key) }),
    }
    try {
      const payload = utf8(canonicalJson(value))
      const input = { contentType: String(contentType), claims, payload }
      return own ? await own.make(input) : await signStatement(input, signer)
    } catch (error) {
      if (isCodedError(error)) return { code: error.code, detail: error.message }
      throw error
    }
  }
}

const known: readonly string[] = ['key', 'contentType', 'value']

function whyNot({ service, function: name, args }: Call): Refusal | undefined {
  // Whoever may write records must not make this node sign for a module.
  if (service.startsWith(reservedPrefix)) {
    return { code: 'SERVICE_UNKNOWN', detail: `${service} is no service.` }
  }
  if (name !== 'put') {
    return { code: 'FUNCTION_UNKNOWN', detail: 'Records are written by put alone.' }
  }
  const odd = Object.keys(args).find((field) => !known.includes(field))
  if (odd !== undefined) return invalid(`put: ${JSON.stringify(odd)} is not known.`)
  if (args.value === undefined) return invalid('put: "value" is required.')
  for (const field of ['key', 'contentType']) {
    if (args[field] === undefined || typeof args[field] === 'string') continue
    return invalid(`put: ${JSON.stringify(field)} is text.`)
  }
  return undefined
}

const invalid = (detail: string): Refusal => ({ code: 'ARGUMENT_INVALID', detail })
