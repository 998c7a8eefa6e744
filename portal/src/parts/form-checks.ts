type FaultName =
  | ('code' | 'control' | 'email' | 'empty' | 'long' | 'other' | 'short')
  | ('apiKey' | 'apiKeyLive' | 'apiKeyTest')

/** What is wrong with a text; its words are at `form.faults`. */
export type Fault = {
  readonly what: FaultName
  /** How many characters at most, or at least. */
  readonly count?: number
}

export type Check = (text: string) => Fault | undefined

const lengthOf = (text: string) => [...text].length
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** A name for people, in any script: what the server takes too. */
export const checkName: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  if (lengthOf(text) > 80) return { what: 'long', count: 80 }
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

/** An API key, and one of this environment: the other one is said at once, and never sent. */
export const checkApiKey =
  (environment: 'live' | 'sandbox'): Check =>
  (text) => {
    if (text.trim() === '') return { what: 'empty' }
    const [, prefix] = /^(live|test)_[A-Za-z0-9_-]{43}$/.exec(text.trim()) ?? []
    if (prefix === undefined) return { what: 'apiKey' }
    const wanted = environment === 'live' ? 'live' : 'test'
    if (prefix === wanted) return undefined
    return { what: wanted === 'live' ? 'apiKeyLive' : 'apiKeyTest' }
  }
