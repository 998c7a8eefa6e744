import { bsnError } from './errors.ts'

/** Names of events that are looked at; longer ones match nothing. */
const nameMax = 128
const keyMax = 128
/** A name, which is not looked for inside another one. */
const plain = /^[\w-]+$/

/**
 * Which names of events somebody asked for: one, or those that an expression matches. An expression
 * of a stranger is tried on names of strangers, so it is one that ends: no groups, no counts, two
 * repetitions at most.
 * @throws BSN_EVENT_KEY_INVALID
 */
export function eventKey(key: string): (name: string) => boolean {
  if (plain.test(key)) return (name) => name === key
  const refuse = (what: string) => bsnError('BSN_EVENT_KEY_INVALID', `body.eventKey: ${what}.`)
  if (key === '' || key.length > keyMax) throw refuse(`1 to ${keyMax} signs`)
  // What is behind a backslash, or in brackets, is taken as it is.
  const bare = key.replace(/\\[^1-9k]|\[(?:[^\]\\]|\\.)+\]/g, '_')
  if (/[()\\{}]/.test(bare)) throw refuse('no groups and no counts')
  if ((bare.match(/[*+?]/g) ?? []).length > 2) throw refuse('two of * + ? at most')
  const expression = compiled(key)
  if (!expression) throw refuse('it is no regular expression')
  return (name) => name.length <= nameMax && expression.test(name)
}

function compiled(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'u')
  } catch {
    return undefined
  }
}
