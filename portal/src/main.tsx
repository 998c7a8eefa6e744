import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { firstLanguage, startWords } from './app/language.ts'
import './styles/base.css'
import './styles/shell.css'
import './styles/parts.css'
import './styles/tables.css'
import './styles/pages.css'
import './styles/docs.css'

const root = document.getElementById('root')
const words = await startWords(firstLanguage())
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App words={words} />
    </StrictMode>,
  )
}
