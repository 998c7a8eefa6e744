import { isCodedError } from '@openbsn/sdk'
import { QueryClient } from '@tanstack/react-query'

/** So often what moves is asked for, while the page is looked at. */
export const liveMs = 3000

/** The SDK tries again by itself where that can help; here a refusal is final. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2000,
        retry: (count, error) => isCodedError(error) && error.retryable && count < 1,
        refetchOnWindowFocus: true,
        networkMode: 'always',
      },
    },
  })
}
