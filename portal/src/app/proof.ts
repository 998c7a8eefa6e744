import { isCodedError } from '@openbsn/sdk'

/** What somebody is asked to show in the middle of something else. */
export type Proof = 'step-up' | 'sign-in'

const proofs: Readonly<Record<string, Proof>> = {
  STEP_UP_REQUIRED: 'step-up',
  SIGN_IN_REQUIRED: 'sign-in',
}

type Asked = { readonly proof: Proof; readonly answer: Promise<boolean> }

const listeners = new Set<() => void>()
let asked: (Asked & { readonly settle: (isGiven: boolean) => void }) | undefined

/** What is asked for now. */
export const askedProof = (): Proof | undefined => asked?.proof

/** Tells whenever something else is asked for. */
export function subscribeToProof(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Closes the question: whoever waits goes on, or gives up. */
export function answerProof(isGiven: boolean): void {
  const { settle } = asked ?? {}
  asked = undefined
  for (const one of listeners) one()
  settle?.(isGiven)
}

/** One question at a time: all who need the same wait for the same answer. */
async function askProof(proof: Proof): Promise<boolean> {
  while (asked && asked.proof !== proof) await asked.answer
  if (asked) return asked.answer
  const { promise, resolve } = Promise.withResolvers<boolean>()
  asked = { proof, answer: promise, settle: resolve }
  for (const one of listeners) one()
  return promise
}

/**
 * Sends; where a step-up is wanted, or the session is over, asks for it in a dialog over the page
 * and sends again, so that nothing is lost that was typed. Whoever closes the dialog gets the
 * refusal.
 */
export async function guarded<T>(send: () => Promise<T>): Promise<T> {
  const given = new Set<Proof>()
  for (;;) {
    try {
      return await send()
    } catch (error) {
      const proof = isCodedError(error) ? proofs[error.code] : undefined
      if (proof === undefined || given.has(proof) || !(await askProof(proof))) throw error
      given.add(proof)
    }
  }
}
