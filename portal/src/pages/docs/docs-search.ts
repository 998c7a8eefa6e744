import type { DocsSection } from '../../docs/nodes.ts'

/**
 * The parts that have every word of `text`, as words begin with it: first those whose title it is,
 * then those that have all of it in the title, then the others, each in the order of the pages.
 */
export function searchDocs(sections: readonly DocsSection[], text: string): readonly DocsSection[] {
  // As somebody has them before the eyes: `--json`, `/api/v1`, `"code"`.
  const wanted = text
    .toLowerCase()
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+/u, ''))
    .filter(Boolean)
  if (wanted.length === 0) return []
  const whole = wanted.join(' ')
  const hasAll = (words: string) => wanted.every((word) => ` ${words}`.includes(` ${word}`))
  const rankOf = ({ title, words }: DocsSection): number | undefined => {
    if (!hasAll(words)) return undefined
    const name = title.toLowerCase()
    if (name === whole) return 0
    return hasAll(name.replaceAll(/[^\p{L}\p{N}_]+/gu, ' ').trim()) ? 1 : 2
  }
  return sections
    .flatMap((section) => {
      const rank = rankOf(section)
      return rank === undefined ? [] : [{ section, rank }]
    })
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ section }) => section)
}
