import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  algorithmByName,
  type Client,
  CodedError,
  type ControlAct,
  controlAct,
  createClient,
  createSigner,
  fromBase64url,
  isCodedError,
  newApiKey,
  signControl,
  toHex,
} from '@openbsn/sdk'

/** A running network on this machine, as the administrator of it sees its sandbox. */
export type Network = {
  readonly gateway: string
  /** Id of the sandbox's ledger: from the profile, so that no gateway can name another. */
  readonly ledger: string
  /** Reads what is public; knows no key. */
  readonly stranger: Client
  /** Registers acts of the administrator, such as a new service. */
  administer(acts: readonly ControlAct[]): Promise<void>
  /** A client with a new API key for a service: what a shop or a city would be given. */
  newClient(access: Access): Promise<Client>
}

export type Access = {
  readonly service: string
  readonly label: string
  readonly scopes: readonly string[]
  /** Of the credential; a new name where absent. */
  readonly id?: string
}

type Profile = {
  readonly gateway: string
  readonly sandbox?: { readonly ledger: string }
  readonly member: { readonly id: string; readonly algorithm: string; readonly secret: string }
}

/** Reads the profile that `npm start` left in its data folder. */
export async function openNetwork(home: string): Promise<Network> {
  const { gateway, sandbox, member } = await readProfile(join(home, 'profile.json'))
  const algorithm = algorithmByName(member.algorithm)
  const secret = fromBase64url(member.secret)
  if (!sandbox || !algorithm || !secret) throw noNetwork(`${home} has no sandbox.`)
  const signer = createSigner(algorithm, secret)
  const { ledger } = sandbox
  const stranger = createClient({ gateway, ledger })

  async function administer(acts: readonly ControlAct[]): Promise<void> {
    const nowSeconds = Math.floor(Date.now() / 1000)
    const sender = { ledger, iss: member.id, signer, nowSeconds }
    const statements = await Promise.all(acts.map((act) => signControl(act, sender)))
    for (const one of await stranger.submit(statements)) {
      if (one.outcome === 'refused') throw new CodedError(one.code, one.detail)
    }
  }

  return {
    gateway,
    ledger,
    stranger,
    administer,
    async newClient({ service, label, scopes, id = newName('cred') }) {
      // The ledger gets a hash of the key. Gateways of others than `operators` never get it.
      const { key, hash, hint } = newApiKey('sandbox')
      const operators = [member.id]
      const named = { id, service, label, scopes, operators }
      await administer([
        controlAct('credential-create', { ...named, keys: [], apiKeys: [[hash, hint]] }),
      ])
      const gateways = [{ url: gateway, operator: member.id }]
      return createClient({ gateways, ledger, apiKey: { key, operators } })
    },
  }
}

/** A name that no earlier run has taken. */
export function newName(kind: string): string {
  return `${kind}-${toHex(randomBytes(4))}`
}

/** The code of the refusal that `work` must end with. */
export async function refusalOf(work: Promise<unknown>): Promise<CodedError> {
  const outcome = await work.catch((error: unknown) => error)
  if (isCodedError(outcome)) return outcome
  throw new TypeError('This must be refused, and was not.', { cause: outcome })
}

async function readProfile(path: string): Promise<Profile> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw noNetwork(`There is no ${path}: run npm start first.`, cause)
  }
}

function noNetwork(message: string, cause?: unknown): CodedError {
  return new CodedError('NETWORK_NOT_FOUND', message, { cause })
}
