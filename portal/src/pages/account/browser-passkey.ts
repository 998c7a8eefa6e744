import type { WebAuthnAnswer, WebAuthnOptions } from '@openbsn/sdk'

/** Whether this browser can read the options of passkeys that the server writes. */
export const hasPasskeys = (): boolean =>
  typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential

/** Has the device make a passkey. Rejects where whoever asked thought better of it. */
export async function makePasskey(options: WebAuthnOptions): Promise<WebAuthnAnswer> {
  const json = options as unknown as PublicKeyCredentialCreationOptionsJSON
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json)
  return answerOf(await navigator.credentials.create({ publicKey }))
}

/** Has a passkey sign what the server asked. */
export async function showPasskey(options: WebAuthnOptions): Promise<WebAuthnAnswer> {
  const json = options as unknown as PublicKeyCredentialRequestOptionsJSON
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json)
  return answerOf(await navigator.credentials.get({ publicKey }))
}

function answerOf(credential: Credential | null): WebAuthnAnswer {
  if (credential instanceof PublicKeyCredential) return { ...credential.toJSON() }
  throw new TypeError('The device gave no passkey.')
}

/** Whether somebody closed the dialog of the device, or let it run out: no fault of anybody. */
export const isGivenUp = (error: unknown): boolean =>
  error instanceof DOMException && ['NotAllowedError', 'AbortError'].includes(error.name)
