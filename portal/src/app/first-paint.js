// Runs before anything is painted, so that nothing flashes: theme and language as they were chosen.
;(() => {
  const chosen = (name) => {
    try {
      return localStorage.getItem(name)
    } catch {
      return null // Storage can be forbidden; then the system decides.
    }
  }
  const root = document.documentElement
  const theme = chosen('bsn.theme')
  if (theme === 'dark' || theme === 'light') root.dataset.theme = theme
  const language = chosen('bsn.language') ?? navigator.language
  root.lang = /^zh/i.test(language) ? 'zh-CN' : 'en'
})()
