import type { CheckpointAnswer, Client } from '@openbsn/sdk'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useLedger } from '../../app/ledger.tsx'
import { liveMs } from '../../app/queries.ts'

/** Where the ledger stands, asked for again and again while it is looked at. */
export function useHead() {
  const { id, client } = useLedger()
  return useQuery({
    queryKey: [id, 'info'],
    queryFn: () => client.info(),
    refetchInterval: liveMs,
  })
}

export type BlockLine = {
  readonly height: number
  readonly time: number
  readonly firstIndex: number
  readonly count: number
}

const forever = Number.POSITIVE_INFINITY

/** A block that is there stays as it is. */
export function checkpointQuery(ledger: string, client: Client, height: number) {
  return {
    queryKey: [ledger, 'checkpoint', height],
    queryFn: () => client.checkpoint(height),
    staleTime: forever,
    gcTime: 600_000,
  }
}

/** The last blocks, the newest first; those that are not here yet are left out. */
export function useLastBlocks(head: number | undefined, count: number): readonly BlockLine[] {
  const { id, client } = useLedger()
  const heights = head === undefined ? [] : heightsBelow(head, count + 1)
  const answers = useQueries({
    queries: heights.map((height) => checkpointQuery(id, client, height)),
  })
  const known = answers.flatMap(({ data }) => (data ? [data] : []))
  return blockLines(known).slice(0, count)
}

function heightsBelow(head: number, count: number): number[] {
  return Array.from({ length: Math.min(count, head + 1) }, (_, back) => head - back)
}

/** Each with what it added: the difference to the block before it. */
export function blockLines(blocks: readonly CheckpointAnswer[]): readonly BlockLine[] {
  const sizes = new Map(blocks.map(({ height, size }) => [height, size]))
  return blocks.flatMap(({ height, time, size }) => {
    const before = height === 0 ? 0 : sizes.get(height - 1)
    if (before === undefined) return []
    return [{ height, time, firstIndex: before, count: size - before }]
  })
}
