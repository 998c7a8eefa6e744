/**
 * Asks one after the other until one answers: the next as soon as the one before failed, or after
 * `afterMs` while it is still out. The first good answer counts, and the others are called off.
 * Rejects with the last failure.
 */
export async function hedge<T, R>(
  list: readonly T[],
  { afterMs, signal }: { readonly afterMs: number; readonly signal: AbortSignal },
  ask: (one: T, signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const over = new AbortController()
  const both = AbortSignal.any([signal, over.signal])
  const { promise, resolve, reject } = Promise.withResolvers<R>()
  let [next, out] = [0, 0]
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    clearTimeout(timer)
    if (next >= list.length) return
    const one = list[next++] as T
    out++
    timer = setTimeout(start, afterMs)
    ask(one, both).then(resolve, (error: unknown) => {
      out--
      if (next < list.length && !both.aborted) start()
      else if (out === 0) reject(error)
    })
  }
  start()
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    over.abort()
  }
}
