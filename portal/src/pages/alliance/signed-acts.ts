import { CodedError, isCodedError, type Outcome } from '@openbsn/sdk'

/** Where an act is in the log. */
export type ActPlace = { readonly index: number; readonly height: number }

type Sent = {
  /** The same for the same act. */
  readonly name: string
  readonly sign: () => Promise<Uint8Array>
  readonly submit: (statements: readonly Uint8Array[]) => Promise<readonly Outcome[]>
}

/**
 * Acts that are signed here: the same act is the same statement until it is known what became of
 * it, so that it has one effect, however often it is sent.
 */
export function createSignedActs() {
  const open = new Map<string, Uint8Array>()
  return {
    /** @throws the ledger's code where it is refused, else what `submit` does */
    async send({ name, sign, submit }: Sent): Promise<ActPlace> {
      const statement = open.get(name) ?? (await sign())
      open.set(name, statement)
      try {
        const [outcome] = await submit([statement])
        open.delete(name)
        if (outcome?.outcome === 'refused') throw new CodedError(outcome.code, outcome.detail)
        if (outcome) return { index: outcome.index, height: outcome.height }
        throw new CodedError('GATEWAY_ANSWER_INVALID', 'The act was not answered.')
      } catch (error) {
        // One that the gateway turned away is none of the ledger's; the others may be there.
        if (isCodedError(error) && !error.retryable) open.delete(name)
        throw error
      }
    },
  }
}
