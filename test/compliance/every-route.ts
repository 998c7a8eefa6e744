/** What a description says of one operation, as far as it is needed to call it. */
type Operation = {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> }
}

export type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

export type Request = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export type Values = {
  /** Good values of parameters in paths, by name; `1` where there is none. */
  readonly good: Readonly<Record<string, string>>
  /** Put in place of every parameter of path and query in turn, and into bodies. */
  readonly bad: readonly string[]
  /** Values of Authorization, and none. */
  readonly authorizations: readonly string[]
  /** Bodies by content type. */
  readonly bodies: Readonly<Record<string, readonly string[]>>
}

const filled = (path: string, value: (name: string) => string) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(value(name)))

/** Requests for every operation of a description: good ones, and bad ones of many kinds. */
export function everyRequest(document: Document, values: Values): Request[] {
  const requests: Request[] = []
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [name, operation] of Object.entries(operations)) {
      const method = name.toUpperCase()
      for (const at of pathsOf(path, operation, values)) {
        for (const sent of headersAndBodies(operation, values)) {
          requests.push({ method, path: at, ...sent })
        }
      }
    }
  }
  return requests
}

function pathsOf(path: string, { parameters = [] }: Operation, { good, bad }: Values): string[] {
  const base = filled(path, (name) => good[name] ?? '1')
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
  const queries = parameters.filter((one) => one.in === 'query').map((one) => one.name)
  const wrongPaths = names.flatMap((wrong) =>
    bad.map((value) => filled(path, (name) => (name === wrong ? value : (good[name] ?? '1')))),
  )
  const wrongQueries = [...queries, 'unknown'].flatMap((query) =>
    bad.map((value) => `${base}?${query}=${encodeURIComponent(value)}`),
  )
  return [base, ...wrongPaths, ...wrongQueries]
}

function headersAndBodies(
  { requestBody }: Operation,
  { authorizations, bodies, bad }: Values,
): Omit<Request, 'method' | 'path'>[] {
  const types = Object.keys(requestBody?.content ?? {})
  const contents = types.flatMap((type) =>
    [...(bodies[type] ?? []), ...bad].map((body) => ({ type, body })),
  )
  return ['', ...authorizations].flatMap((authorization) => {
    const who: Record<string, string> = authorization === '' ? {} : { authorization }
    if (contents.length === 0) return [{ headers: who }]
    return contents.map(({ type, body }) => ({ headers: { ...who, 'content-type': type }, body }))
  })
}
