/** A `fetch` that keeps cookies, as a browser does for one origin. */
export type JarFetch = {
  readonly fetch: typeof fetch
  /** By name. */
  readonly cookies: Map<string, string>
}

/** Starts with the cookies that are given. */
export function createJar(cookies: ReadonlyMap<string, string> = new Map()): JarFetch {
  const kept = new Map(cookies)
  const jarFetch: typeof fetch = async (input, init = {}) => {
    const headers = new Headers(init.headers)
    if (kept.size > 0) headers.set('cookie', [...kept].map((pair) => pair.join('=')).join('; '))
    const response = await fetch(input, { ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) kept.delete(name)
      else kept.set(name, value)
    }
    return response
  }
  return { fetch: jarFetch, cookies: kept }
}
