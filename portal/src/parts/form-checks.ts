import { type Environment, limits } from '@openbsn/sdk'

/** What is wrong with a text; its words are at `form.faults`. */
export type Fault = {
  readonly what:
    | 'address'
    | 'apiKey'
    | 'bytes'
    | 'code'
    | 'control'
    | 'email'
    | 'empty'
    | 'environment'
    | 'id'
    | 'json'
    | 'like'
    | 'list'
    | 'long'
    | 'many'
    | 'none'
    | 'other'
    | 'participant'
    | 'publicKey'
    | 'roles'
    | 'rounded'
    | 'service'
    | 'short'
    | 'url'
    | 'whole'
  /** How many characters at most, or at least. */
  readonly count?: number
  /** What it must look like, or from where to where it goes. */
  readonly like?: string
}

export type Check = (text: string) => Fault | undefined

const encoder = new TextEncoder()
const utf8 = (text: string) => encoder.encode(text)
const lengthOf = (text: string) => [...text].length
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** A name for people, in any script: what the server takes too. */
export const checkName: Check = (text) => checkText(80)(text)

/** Some words, in any script, on one line. */
export const checkText =
  (count: number): Check =>
  (text) => {
    if (text.trim() === '') return { what: 'empty' }
    if (lengthOf(text) > count) return { what: 'long', count }
    return control.test(text) ? { what: 'control' } : undefined
  }

/** What an account is called. */
export const checkEmail: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  if (text.length > 254) return { what: 'long', count: 254 }
  const isEmail = /^[A-Za-z0-9_+.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(text.trim())
  return isEmail ? undefined : { what: 'email' }
}

/** One that is there already: whether it is the right one, the server says. */
export const checkPresentPassword: Check = (text) => {
  if (text === '') return { what: 'empty' }
  return text.length > 1024 ? { what: 'long', count: 256 } : undefined
}

/** A new one. Whether everybody tries it first, the server says. */
export const checkNewPassword: Check = (text) => {
  const length = lengthOf(text.normalize('NFKC'))
  if (length === 0) return { what: 'empty' }
  if (length < 12) return { what: 'short', count: 12 }
  return length > 256 ? { what: 'long', count: 256 } : undefined
}

/** Six digits, with spaces between where somebody likes them. */
export const checkCode: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  return /^\d{6}$/.test(text.replaceAll(/\s/g, '')) ? undefined : { what: 'code' }
}

/** A backup code: its form is known to the server alone. */
export const checkBackupCode: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  return text.trim().length > 32 ? { what: 'long', count: 32 } : undefined
}

/** The very text that somebody has to type, such as the name of what goes. */
export const checkSame =
  (wanted: string): Check =>
  (text) =>
    text.trim() === wanted.trim() ? undefined : { what: text.trim() === '' ? 'empty' : 'other' }

/** An API key of this environment: one of the other is told at once, and never sent. */
export const checkApiKey =
  (environment: Environment): Check =>
  (text) => {
    if (text.trim() === '') return { what: 'empty' }
    const [, prefix] = /^(live|test)_[A-Za-z0-9_-]{43}$/.exec(text.trim()) ?? []
    if (prefix === undefined) return { what: 'apiKey' }
    const wanted = environment === 'sandbox' ? 'test' : 'live'
    return prefix === wanted ? undefined : { what: 'environment' }
  }

/** The same of what may be left empty. */
export const checkIfGiven =
  (check: Check): Check =>
  (text) =>
    text.trim() === '' ? undefined : check(text)

/** The JSON of one record. */
export const checkJson: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  try {
    const count = limits.payloadBytesMax
    return utf8(JSON.stringify(JSON.parse(text))).length > count
      ? { what: 'long', count }
      : undefined
  } catch {
    return { what: 'json' }
  }
}

/** What a record is found by. */
export const checkRecordKey: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  const count = limits.recordKeyBytesMax
  return utf8(text.trim()).length > count ? { what: 'long', count } : undefined
}

/** The values of a text that `Checks` keeps. */
export const chosenOf = (text: string): readonly string[] => text.split(' ').filter(Boolean)

/** One of them at least. */
export const checkSome: Check = (text) =>
  chosenOf(text).length === 0 ? { what: 'none' } : undefined
/** An id on the ledger. */
export const checkId: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  return /^[a-z0-9][a-z0-9-]{1,62}$/.test(text.trim()) ? undefined : { what: 'id' }
}

/** A whole number, both ends included. */
export const checkWhole =
  ({ least, most }: { readonly least: number | bigint; readonly most: number | bigint }): Check =>
  (text) => {
    const given = text.trim()
    if (given === '') return { what: 'empty' }
    const isWhole = /^(0|-?[1-9]\d{0,77})$/.test(given)
    const isWithin = isWhole && BigInt(given) >= least && BigInt(given) <= most
    return isWithin ? undefined : { what: 'whole', like: `${least} – ${most}` }
  }
