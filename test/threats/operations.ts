/** What the OpenAPI document says of one operation. */
export type Operation = {
  readonly operationId: string
  readonly method: string
  readonly path: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
  }[]
  readonly responses: Readonly<Record<string, Response>>
  readonly bodyTypes: readonly string[]
}
type Response = {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>
}

type Described = Partial<Operation> & {
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> }
}

export type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: object
}

export async function documentOf(address: string): Promise<Document> {
  return (await fetch(`${address}/api/v1/openapi.json`)).json() as Promise<Document>
}

export function operationsOf({ paths }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({
      ...{ parameters: [], responses: {}, operationId: '', ...one },
      bodyTypes: Object.keys(one.requestBody?.content ?? {}),
      method: method.toUpperCase(),
      path,
    })),
  )
}

/** The path of an operation with values in place of its parameters. */
export function pathWith({ path }: Operation, values: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `no ${name}`)
}
