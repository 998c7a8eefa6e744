import { CodedError } from '@openbsn/sdk'
import { commonPasswords } from './common-passwords.ts'

/** NIST SP 800-63B: length counts, kinds of characters do not. */
export const passwordCharactersMin = 12
/** Long sentences are fine; a megabyte would only keep the hash busy. */
export const passwordCharactersMax = 256

/** One form for each password, however it was typed (SP 800-63B, 5.1.1.2). */
export const normalPassword = (password: string): string => password.normalize('NFKC')

/**
 * That a new password is a good one: long enough, not among the commonest, and not only the name of
 * whoever has it.
 * @throws PASSWORD_REFUSED
 */
export function requirePassword(password: string, names: readonly string[]): void {
  const normal = normalPassword(password)
  const length = [...normal].length
  if (length < passwordCharactersMin) {
    throw refused(`A password has ${passwordCharactersMin} characters or more; this has ${length}.`)
  }
  if (length > passwordCharactersMax) {
    throw refused(`A password has at most ${passwordCharactersMax} characters.`)
  }
  const plain = normal.toLowerCase()
  const isRepeat = new Set(plain).size < 3
  if (isRepeat || commonPasswords.has(plain) || isSequence(plain)) {
    throw refused('That password is one of those that everybody tries first.')
  }
  const own = names.flatMap((name) => [name, name.split('@')[0] ?? '']).map((one) => lower(one))
  if (own.some((name) => name !== '' && plain.replaceAll(name, '').length < 4)) {
    throw refused('The password is little more than your name.')
  }
}

const lower = (text: string) => text.normalize('NFKC').toLowerCase()

/** `123456789012` and the like: each character follows the one before. */
function isSequence(text: string): boolean {
  const codes = [...text].map((one) => one.codePointAt(0) ?? 0)
  const steps = codes.slice(1).map((code, i) => code - (codes[i] ?? 0))
  return steps.every((step) => step === 1 || step === -9) || steps.every((step) => step === -1)
}

const refused = (message: string) => new CodedError('PASSWORD_REFUSED', message)
