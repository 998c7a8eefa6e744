import type { Contracts } from '@openbsn/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { createActKeys } from '../../../app/act-keys.ts'
import { useLedger } from '../../../app/ledger.tsx'
import { watchWhile } from './watch-while.ts'

/** What is known of a write, as it goes on. */
export type Written = {
  readonly transaction: string
  readonly height: number
  readonly address?: string
  readonly name?: string
  /** What the function returned, on frameworks whose transactions say it. */
  readonly result?: string
  readonly events?: readonly ContractEvent[]
}

export type ContractEvent = {
  readonly contract: string
  readonly event?: string
  readonly args?: unknown
}

export type Progress = {
  /** Its hash, once the node has signed it. */
  readonly transaction: string | undefined
  readonly done: Written | undefined
  /** Milliseconds from its beginning to each of them. */
  readonly signedMs: number | undefined
  readonly doneMs: number | undefined
}

type Send = (idempotencyKey: string) => Promise<Written>

/**
 * A write that is watched while it goes on. The same again, while it is not known what became of
 * it, has one effect.
 */
export function useWrite(contracts: Contracts) {
  const { id: ledger } = useLedger()
  const queries = useQueryClient()
  const [progress, setProgress] = useState<Progress>()
  const keys = useRef<ReturnType<typeof createActKeys>>(undefined)
  keys.current ??= createActKeys()
  const { send } = keys.current

  async function write(asked: unknown, make: Send): Promise<void> {
    const begun = performance.now()
    const passed = () => performance.now() - begun
    setProgress({ transaction: undefined, done: undefined, signedMs: undefined, doneMs: undefined })
    const sign = (transaction: string) =>
      setProgress((before) =>
        before && before.transaction === undefined
          ? { ...before, transaction, signedMs: passed() }
          : before,
      )
    try {
      await send(asked, async (key) => {
        const sent = make(key)
        const done = await watchWhile(sent, () =>
          signedHash(contracts, key).then((hash) => hash && sign(hash)),
        )
        sign(done.transaction)
        setProgress((before) => before && { ...before, done, doneMs: passed() })
      })
    } catch (error) {
      setProgress(undefined)
      throw error
    }
    void queries.invalidateQueries({ queryKey: [ledger] })
  }
  return { progress, write }
}

async function signedHash(contracts: Contracts, key: string): Promise<string | undefined> {
  const status = await contracts.status(key)
  return status.state === 'pending' || status.state === 'committed' ? status.transaction : undefined
}
