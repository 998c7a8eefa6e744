import { decodeCoseKey, fromBase64url, isCodedError, isLedgerId } from '@openbsn/sdk'
import type { Check } from '../../parts/form-checks.ts'

/** What can be frozen, in the words of `bsn alliance propose freeze`. */
export const objectForm = new RegExp(
  '^(?:(?<kind>service|credential)/(?<id>[a-z0-9_-]{2,63})|' +
    'account/(?<service>[a-z0-9-]{2,63})/0x(?<address>[0-9a-fA-F]{40}))$',
)

const matches =
  (form: RegExp, like: string): Check =>
  (text) => {
    if (text.trim() === '') return { what: 'empty' }
    return form.test(text.trim()) ? undefined : { what: 'like', like }
  }

export const checkObject = matches(objectForm, 'service/notes')
/** Parts of shares have three digits at most. */
export const checkShare = matches(/^[1-9]\d{0,2}\/[1-9]\d{0,2}$/, '2/3')
export const checkVersion = matches(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, '0.2.0')

export const checkLedgerId: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  return isLedgerId(text.trim()) ? undefined : { what: 'like', like: `bsn1${'0'.repeat(40)}` }
}

/** None, or `bsn:services=2`, as often as is wanted. */
export const checkModules: Check = (text) => {
  const pairs = text.split(/[\s,]+/).filter((one) => one !== '')
  const isWrong = pairs.some((one) => !/^bsn:[a-z]{1,32}=[1-9]\d{0,8}$/.test(one))
  return isWrong ? { what: 'like', like: 'bsn:services=2' } : undefined
}

/** What `bsn alliance key` printed. */
export const checkPublicKey: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  const bytes = fromBase64url(text.trim())
  try {
    if (bytes && decodeCoseKey(bytes)) return undefined
  } catch (error) {
    // What is wrong with it in detail helps nobody: it was copied wrongly.
    if (!isCodedError(error)) throw error
  }
  return { what: 'publicKey' }
}
