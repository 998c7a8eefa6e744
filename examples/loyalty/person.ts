import {
  type Algorithm,
  algorithms,
  createSigner,
  publicKey,
  type Signer,
  signStatement,
  utf8,
} from '@openbsn/sdk'

/** Somebody who pledges. The secret key stays in their own program: others see `signer.key`. */
export type Person = { readonly name: string; readonly signer: Signer }

const algorithm = (name: string): Algorithm => {
  const found = algorithms.find((one) => one.name === name)
  if (!found) throw new TypeError(`The SDK has no ${name}.`)
  return found
}

/** As a page in a browser does it: nobody, not even the page, can take the secret key out. */
export async function personInBrowser(name: string): Promise<Person> {
  const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const { subtle } = globalThis.crypto
  const pair = await subtle.generateKey(p256, false, ['sign', 'verify'])
  const raw = new Uint8Array(await subtle.exportKey('raw', pair.publicKey))
  const sign = async (message: Uint8Array) =>
    new Uint8Array(await subtle.sign(p256, pair.privateKey, message as BufferSource))
  return { name, signer: { key: publicKey(algorithm('ES256'), raw), sign } }
}

/** As a program or a phone does it that keeps an Ed25519 key. */
export function personWithProgram(name: string): Person {
  const edDsa = algorithm('EdDSA')
  return { name, signer: createSigner(edDsa, edDsa.generateSecret()) }
}

/** Where a pledge belongs: all of it is signed, so it is worth nothing anywhere else. */
export type Place = {
  readonly ledger: string
  readonly service: string
  /** The credential that the person's public key was registered for. */
  readonly credential: string
}

/** A signed pledge. Sent twice it is still one, and one person has one. */
export function signPledge({ name, signer }: Person, { ledger, service, credential }: Place) {
  return signStatement(
    {
      contentType: 'application/json',
      claims: {
        ...{ iss: credential, sub: service, aud: ledger, cti: utf8('pledge') },
        iat: Math.floor(Date.now() / 1000),
        key: `pledge/${credential}`,
      },
      payload: utf8(JSON.stringify({ pledge: 'I buy from the shops of our town.', name })),
    },
    signer,
  )
}
