import { useRef, useState } from 'react'

/**
 * What buttons do that have no form: one thing at a time, however often they are pressed. What went
 * wrong last is kept for the page to show.
 */
export function useAction() {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const isRunning = useRef(false)
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    if (isRunning.current) return
    isRunning.current = true
    setBusy(true)
    try {
      await work()
      setError(undefined)
    } catch (cause) {
      setError(cause)
    } finally {
      isRunning.current = false
      setBusy(false)
    }
  }
  return { isBusy, error, run }
}
