import type { Check } from '../../parts/form-checks.ts'

const block = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g
const like = '-----BEGIN CERTIFICATE----- …'
/** As many, and as long, as the ledger takes. */
const [rootsMax, rootBytesMax] = [4, 2048]

/** The certificates in a text, in DER; undefined where there is something else in it. */
export function certificatesIn(text: string): Uint8Array[] | undefined {
  if (text.replaceAll(block, '').trim() !== '') return undefined
  const found = [...text.matchAll(block)].map(([, body = '']) => derOf(body.replaceAll(/\s/g, '')))
  const whole = found.flatMap((one) => one ?? [])
  return whole.length === found.length ? whole : undefined
}

/** The bytes, where they are one ASN.1 sequence as long as it says: a copy lost nothing. */
function derOf(base64: string): Uint8Array | undefined {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const [tag, size, high = 0, low = 0] = bytes
  // Of 256 to 65,535 bytes, as every certificate has: its length is in the two bytes behind 0x82.
  const isWhole = tag === 0x30 && size === 0x82 && high * 256 + low + 4 === bytes.length
  return isWhole ? bytes : undefined
}

/** The same as text, one under the other. */
export function certificatesText(list: readonly Uint8Array[]): string {
  return list
    .map((bytes) => {
      const base64 = btoa(String.fromCharCode(...bytes))
      const lines = base64.match(/.{1,64}/g) ?? []
      return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\n')
    })
    .join('\n')
}

export const checkCertificates: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  const found = certificatesIn(text)
  if (!found || found.some(({ length }) => length > rootBytesMax)) return { what: 'like', like }
  return found.length > rootsMax ? { what: 'many', count: rootsMax } : undefined
}
