import type { ErrorRow } from '../../../kernel/errors.ts'
import type { ErrorSection } from '../../reference/errors-page.ts'
import { type Html, html, prose } from './html.ts'
import { printPage } from './page.ts'

/** Every code that an answer of a gateway can carry; `type` of a problem leads here. */
export function printErrorsHtml(version: string, all: readonly ErrorSection[]): string {
  const sections = all.map(({ title, about, errors }) => ({
    title,
    about,
    rows: Object.entries(errors).filter(([, { status }]) => status !== null),
  }))
  const nav = sections.map(
    ({ title, rows }) => html`<h2>${title}</h2><ul>${rows.map(([code]) => link(code))}</ul>`,
  )
  const main = sections.map(
    ({ title, about, rows }) =>
      html`<section><h2>${title}</h2><p>${prose(about)}</p>${rows.map(printRow)}</section>`,
  )
  return printPage({ title: 'Errors', version, nav: html`${nav}`, main: html`${main}` })
}

const link = (code: string) => html`<li><a href="#${code.toLowerCase()}">${code}</a></li>`

function printRow([code, { status, meaning, remedy }]: [string, ErrorRow]): Html {
  return html`<article id="${code.toLowerCase()}"><h3><code>${code}</code> · ${status ?? ''}</h3>
<p>${prose(meaning)}</p><p><em>What to do:</em> ${prose(remedy)}</p></article>`
}
