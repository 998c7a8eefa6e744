/** What a page tells of an answer, beside what is in it. */
export type Answer = {
  readonly status: number
  /** From the request to the head of the answer, in milliseconds. */
  readonly ms: number
  readonly requestId: string
}

/** A `fetch` that remembers how the last request was answered. */
export function watchedFetch() {
  let answer: Answer | undefined
  const watched: typeof fetch = async (input, init) => {
    const begun = performance.now()
    const response = await fetch(input, init)
    const requestId = response.headers.get('x-request-id') ?? ''
    answer = { status: response.status, ms: performance.now() - begun, requestId }
    return response
  }
  return { fetch: watched, last: () => answer }
}
