import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CborMap,
  type Client,
  CodedError,
  controlAct,
  equalBytes,
  isCodedError,
} from '@openbsn/sdk'
import { rootsKey } from '../../alliance/roots-state.ts'
import { type Certified, createRoot, pemOf } from '../../crypto/certificates.ts'
import { openKeyEncryption } from '../../crypto/key-encryption.ts'
import { homePaths } from '../../node/create-home.ts'
import { kekFile } from '../../node/home-secrets.ts'
import { readCertified, writeCertified } from '../../node/tls/certified-file.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { type Connection, connectTo, gatewayOption, homeOption, kekOption } from '../connection.ts'
import { type ControlContext, presentObject, submitControl } from '../control.ts'
import { writeWhole } from '../files.ts'
import { object, text, whole } from '../json-schema.ts'
import { actingMember, memberOption } from '../member-file.ts'
import { homeOf, readProfile } from '../profile.ts'

export const command: Command = {
  description:
    'Gateways of the alliance get their certificates from this node then, and renew them by ' +
    'themselves; clients trust them because the ledger says so. Run it on the node, while it ' +
    'runs: the key is made here, wrapped, and never leaves. Where there are several members they ' +
    'vote on it: the refusal says how. With --new the roots from before stay good, until a ' +
    'proposal leaves them out.',
  examples: ['bsn node issuer --node rome', 'bsn node issuer --node rome --new'],
  options: {
    node: {
      type: 'string',
      value: 'NAME',
      default: 'node-1',
      summary: 'Name of this city node in the alliance',
    },
    new: { type: 'boolean', summary: 'Make another key, although there is one' },
    ...kekOption,
    ...memberOption,
    ...homeOption,
    gateway: gatewayOption,
  },
  output: object({ node: text, ledger: text, root: text, 'index?': whole, 'height?': whole }),
  run,
}

/** As many as the ledger takes. */
const rootsMax = 4

async function run(args: Arguments, cli: Cli): Promise<undefined> {
  const { out } = cli
  const node = args.optional('node') ?? 'node-1'
  const { gateway, ledger, ...member } = await actingMember(args)
  const { certificate } = await ownRoot(args, cli, ledger)
  const root = join(homeOf(args), 'issuer.pem')
  await writeWhole(root, pemOf(certificate), { force: true })
  const trust = (of: string) =>
    addRoot(certificate, { node, member, ...connectTo({ gateway, ledger: of }) }, cli)
  // Clients of the sandbox, which this gateway serves too, have its state alone to go by.
  const sandbox = await readProfile(homeOf(args)).then(
    (profile) => profile.sandbox,
    () => undefined,
  )
  if (sandbox !== undefined) {
    await trust(sandbox).catch((error: unknown) => out.note(`not in the sandbox: ${error}`))
  }
  const place = await trust(ledger).catch((error: unknown) => {
    if (!isCodedError(error) || error.code !== 'NOT_ALLOWED') throw error
    const how = `bsn alliance propose roots ${node} --root ${root}`
    throw new CodedError('NOT_ALLOWED', `${error.message} ${how}`, { cause: error })
  })
  const text = place
    ? `${node} issues certificates for gateways (entry ${place.index}); its root is ${root}`
    : `${node} issues certificates already; its root is ${root}`
  out.answer({ node, ledger, root, ...place }, text)
  return undefined
}

type Where = Connection & { readonly node: string; readonly member: ControlContext['member'] }

/** Where it registered that; undefined where the ledger has it already. */
async function addRoot(
  certificate: Uint8Array,
  { node, ledger, client, member }: Where,
  { clock }: Cli,
) {
  const { roots, issuer, version } = await rootsIn(client)
  const isFirst = roots[0] !== undefined && equalBytes(roots[0], certificate)
  if (isFirst && issuer === node) return undefined
  const others = roots.filter((one) => !equalBytes(one, certificate))
  const list = [certificate, ...others].slice(0, rootsMax)
  const fields = { expect: version, issuer: node, roots: list }
  const act = controlAct('alliance-roots', fields)
  return submitControl(act, { client, ledger, member, clock })
}

/** The one that is kept in the data folder; made where there is none, or another is wanted. */
async function ownRoot(args: Arguments, { clock }: Cli, ledger: string): Promise<Certified> {
  const home = homeOf(args)
  const kek = openKeyEncryption(args.optional('kek') ?? kekFile(home), { mayCreate: false })
  const { issuer, issuerBefore } = homePaths(home)
  const kept = readCertified(issuer, { kek, use: 'issuer' })
  if (kept && !args.has('new')) return kept
  const made = await createRoot(`OpenBSN ${ledger}`, clock.nowSeconds())
  // It goes on issuing until the members have decided on the new one.
  if (existsSync(issuer)) renameSync(issuer, issuerBefore)
  writeCertified(issuer, made, { kek, use: 'issuer' })
  return made
}

async function rootsIn(client: Pick<Client, 'state'>) {
  const none: CborMap = new Map()
  const object = await presentObject(client, rootsKey).catch((error: unknown) => {
    if (isCodedError(error) && error.code === 'OBJECT_NOT_FOUND') return none
    throw error
  })
  const list = object.get('roots')
  const roots = (Array.isArray(list) ? list : []).flatMap((one) =>
    one instanceof Uint8Array ? [one] : [],
  )
  return { roots, issuer: object.get('issuer'), version: Number(object.get('version') ?? 0) }
}
