type Asked = { readonly limit: number; readonly cursor?: string }
type Answered<T> = { readonly items: readonly T[]; readonly next?: string | undefined }

/** More are not shown in one list; who needs them filters, or asks the API. */
const itemsMax = 100_000

/** All items of a list that comes page by page. */
export async function everyPage<T>(
  ask: (page: Asked) => Promise<Answered<T>>,
): Promise<readonly T[]> {
  const all: T[] = []
  let cursor: string | undefined
  do {
    const { items, next } = await ask({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    all.push(...items)
    cursor = next
  } while (cursor !== undefined && all.length < itemsMax)
  return all
}
