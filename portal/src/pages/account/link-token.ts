import { useEffect, useState } from 'react'

let kept = { path: '', token: '' }

/** The secret of the link that led here, which no longer stands in the address bar. */
function take(): string {
  const { pathname, search, hash } = location
  const token = hash.slice(1)
  if (token !== '') {
    kept = { path: pathname, token }
    history.replaceState(history.state, '', pathname + search)
  }
  return kept.path === pathname ? kept.token : ''
}

/** The secret of a link such as `/setup#TOKEN`; empty where the page was opened without. */
export function useLinkToken(): string {
  const [token, setToken] = useState(take)
  useEffect(() => {
    const onHash = () => setToken(take())
    addEventListener('hashchange', onHash)
    return () => removeEventListener('hashchange', onHash)
  }, [])
  return token
}
