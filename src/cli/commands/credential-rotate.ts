import { rename, rm } from 'node:fs/promises'
import { controlAct, isCodedError, verifyKeyBundle } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { actorOption, connectAsMember, presentObject, submitControl } from '../control.ts'
import { readCredentialFile, writeCredentialFile } from '../credential-file.ts'
import { fail } from '../fail.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import {
  actKeys,
  issueApiKey,
  type NewSecrets,
  signingSecrets,
  storedSecrets,
} from '../new-secrets.ts'
import { isoTime, wholeNumber } from '../values.ts'

const daySeconds = 86_400
const overlapSecondsMax = 90 * daySeconds

export const command: Command = {
  description:
    'The file gets a new key of the same kind, or a new API key. The old one still works for ' +
    'the overlap, so that copies of the file can be replaced one by one; with ' +
    '--overlap 0 it ends at once.',
  examples: [
    'bsn credential rotate --credential flights.credential',
    'bsn credential rotate --credential flights.credential --overlap 0',
  ],
  options: {
    credential: { type: 'string', value: 'FILE', required: true, summary: 'File to renew' },
    overlap: {
      type: 'string',
      value: 'SECONDS',
      default: String(daySeconds),
      summary: 'How long the old key still works',
    },
    ...actorOption,
    'dry-run': { type: 'boolean', summary: 'Check everything, send and write nothing' },
    ...connectionOptions,
  },
  output: object({
    credential: text,
    service: text,
    version: whole,
    until: text,
    ledger: text,
    file: text,
    'index?': whole,
    'height?': whole,
    'dryRun?': flag,
  }),
  run: async (args, { out, clock }) => {
    const path = args.value('credential')
    const overlap = wholeNumber(args, 'overlap', { min: 0, max: overlapSecondsMax }) ?? daySeconds
    const { signer, apiKey, keys: _, ...credential } = await readCredentialFile(path)
    const { client, ledger, member, gateway } = await connectAsMember(args)
    if (ledger !== credential.ledger) {
      const message = `${path} is for ledger ${credential.ledger}, the profile for ${ledger}.`
      throw fail('CREDENTIAL_LEDGER_DIFFERS', message)
    }
    const present = await presentObject(client, `credential/${credential.credential}`)
    const expect = Number(present.get('version'))
    const bundle = await client.keyBundle()
    verifyKeyBundle(bundle, ledger)
    const id = credential.credential
    const answer = { credential: id, service: credential.service, ledger, file: path }
    if (args.has('dry-run')) {
      const until = isoTime(clock.nowSeconds() + overlap)
      const shown = { ...answer, version: expect, until, dryRun: true }
      out.answer(shown, `would put a new key into ${path}`)
      return undefined
    }
    const secrets: NewSecrets = {
      ...(signer ? signingSecrets(signer.key.algorithm) : {}),
      ...(apiKey === undefined ? {} : { apiKey: await issueApiKey(gateway, ledger) }),
    }
    // Beside the file until the ledger knows the key: whatever happens, no key is lost.
    const next = `${path}.next`
    await writeCredentialFile(next, { ...credential, bundle }, storedSecrets(secrets), {
      force: false,
    })
    const until = overlap === 0 ? 0 : clock.nowSeconds() + overlap
    const act = controlAct('credential-rotate', { id, expect, until, ...actKeys(secrets) })
    const place = await submitControl(act, { client, ledger, member, clock }).catch(
      async (error: unknown) => {
        const isUnknown = isCodedError(error) && error.code === 'OUTCOME_UNKNOWN'
        if (isUnknown) out.note(`the new key is in ${next}: whether it is registered is not known`)
        else await rm(next)
        throw error
      },
    )
    await rename(next, path)
    const end = overlap === 0 ? isoTime(clock.nowSeconds()) : isoTime(until)
    const ending = overlap === 0 ? 'has ended' : `works until ${end}`
    out.answer(
      { ...answer, version: expect + 1, until: end, ...place },
      `${path} has a new key (entry ${place.index}); the old one ${ending}`,
    )
    return undefined
  },
}
