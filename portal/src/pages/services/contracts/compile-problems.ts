/** Something that a compiler says, with its place where it has one; from 1. */
export type CompileProblem = {
  readonly text: string
  readonly place?: { readonly file: string; readonly line: number; readonly column: number }
}

const placed = /^([\w@./-]+\.sol):(\d+):(\d+): (.*)$/

/** The lines of COMPILE_FAILED, or of warnings: `file:line:column: text`. */
export function compileProblems(lines: readonly string[]): readonly CompileProblem[] {
  return lines.map((line) => {
    const [, file, row, column, text] = placed.exec(line) ?? []
    if (file === undefined || text === undefined) return { text: line }
    return { text, place: { file, line: Number(row), column: Number(column) } }
  })
}

/** Those of an error's message; its first line says only that there are some. */
export const problemsOf = (message: string): readonly CompileProblem[] =>
  compileProblems(message.split('\n').slice(1))
