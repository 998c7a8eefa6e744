import { createInstance, type i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { storeChoice } from './stored.ts'

export const languages = ['en', 'zh-CN'] as const
export type Language = (typeof languages)[number]

/** Each language is a file of its own, and only the one that is read is loaded. */
const words: Readonly<Record<Language, () => Promise<{ readonly default: object }>>> = {
  en: () => import('../words/en.json'),
  'zh-CN': () => import('../words/zh.json'),
}

const instance: i18n = createInstance()

/** The language that the page began with: `first-paint.js` chose it. */
export function firstLanguage(): Language {
  return document.documentElement.lang === 'zh-CN' ? 'zh-CN' : 'en'
}

async function load(language: Language): Promise<void> {
  if (instance.hasResourceBundle(language, 'translation')) return
  const { default: texts } = await words[language]()
  instance.addResourceBundle(language, 'translation', texts)
}

/** Loads the words before the first page is shown. */
export async function startWords(language: Language): Promise<i18n> {
  await instance.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    // React escapes: twice would show entities.
    interpolation: { escapeValue: false },
    returnEmptyString: false,
  })
  await load(language)
  await instance.changeLanguage(language)
  return instance
}

/** Shows the same page in another language. */
export async function chooseLanguage(language: Language): Promise<void> {
  await load(language)
  await instance.changeLanguage(language)
  document.documentElement.lang = language
  storeChoice('bsn.language', language)
}
