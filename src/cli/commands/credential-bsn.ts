import { createPublicKey } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { algorithmByName, CodedError } from '@openbsn/sdk'
import { privateKeyOf } from '../../crypto/native.ts'
import type { Command } from '../command.ts'
import { askForText, gatewaysOf } from '../connection.ts'
import { connectByCredential, credentialOptions } from '../credential-connection.ts'
import { readCredentialKey } from '../credential-file.ts'
import { requireWritable, writeWhole } from '../files.ts'
import { object, text } from '../json-schema.ts'

export const command: Command = {
  description:
    'For programs that were written for gateways of the Blockchain-based Service Network: writes ' +
    'the key of the credential (key.pem) and what answers of the gateway are checked by ' +
    '(gateway.pem; gateway-key.pem for clients that want no certificate) as they take them, and ' +
    'prints the two codes by which they name the application. The credential has a key of ES256, ' +
    'ES256K or SM2.',
  examples: ['bsn credential bsn --credential erp.credential --out erp-bsn'],
  options: {
    ...credentialOptions,
    out: {
      type: 'string',
      value: 'FOLDER',
      required: true,
      summary: 'Folder to write to; made where it is missing',
    },
    force: { type: 'boolean', summary: 'Replace the files where they exist' },
  },
  output: object({
    ...{ gateway: text, userCode: text, appCode: text },
    ...{ key: text, gatewayKey: text, gatewayPublicKey: text },
  }),
  run: async (args, { out, clock }) => {
    const path = args.value('credential')
    const { algorithm, key } = await signingKey(path)
    const { client, credential, service } = await connectByCredential(args, clock)
    const { ledger, credential: appCode } = credential
    const gateway = gatewaysOf(args)[0] ?? credential.gateway
    const { participant } = await client.credential(appCode)
    const { publisher = '' } = await client.service(service)
    const userCode = `${participant ?? publisher.replace(/^.*\//, '')}@${ledger}`
    const asked = `/api/app/gateway-key?algorithm=${algorithm}`
    const { status, text: shown } = await askForText(gateway, asked, { ledger })
    if (status !== 200) {
      throw new CodedError('GATEWAY_ANSWER_INVALID', `${gateway} has no door for clients of BSN.`)
    }
    const folder = args.value('out')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const inFolder = (name: string) => join(folder, name)
    const [own, theirs] = [inFolder('key.pem'), inFolder('gateway.pem')]
    const bare = inFolder('gateway-key.pem')
    const force = args.has('force')
    for (const file of [own, theirs, bare]) await requireWritable(file, { force })
    const pem = String(key.export({ type: 'pkcs8', format: 'pem' }))
    await writeWhole(own, pem, { secret: true, force })
    await writeWhole(theirs, shown, { force })
    await writeWhole(bare, publicKeyIn(shown), { force })
    const files = { key: own, gatewayKey: theirs, gatewayPublicKey: bare }
    const written = Object.values(files).join(', ')
    const said = `userCode ${userCode}\nappCode  ${appCode}\nwritten  ${written}`
    out.answer({ gateway, userCode, appCode, ...files }, said)
    return undefined
  },
}

/** Of a certificate, or the key itself where there is no certificate; in PEM. */
function publicKeyIn(pem: string): string {
  if (!pem.includes('CERTIFICATE')) return pem
  return String(createPublicKey(pem).export({ type: 'spki', format: 'pem' }))
}

/** @throws BSN_KEY_UNUSABLE */
async function signingKey(path: string) {
  const stored = await readCredentialKey(path)
  const algorithm = stored && algorithmByName(stored.algorithm)
  const key = algorithm && privateKeyOf(algorithm, stored.secret)
  if (key) return { algorithm: algorithm.name, key }
  const message = `${path} has no key of ES256, ES256K or SM2, which clients of BSN sign with.`
  throw new CodedError('BSN_KEY_UNUSABLE', message)
}
