import type { BuildProgress } from '../engines/go-build.ts'
import type { Output } from './output.ts'
import { createProgress, type Progress } from './put/progress.ts'

/** How far the build of an engine is, on stderr. */
export interface ShownBuild {
  readonly show: (progress: BuildProgress) => void
  end(): void
}

/** How many modules are missing nobody knows before: their count is shown, then a bar. */
export function createBuildProgress(
  name: string,
  { out, nowMs }: { readonly out: Output; readonly nowMs: () => number },
): ShownBuild {
  const isShown = !out.quiet && !out.json
  let bar: Progress | undefined
  let compiled = 0
  return {
    show: (progress) => {
      if (progress.phase === 'fetch') {
        const text = `${name}  ${progress.modules} modules fetched`
        if (isShown && out.isTerminal) out.progress(text)
        else if (isShown && progress.modules % modulesPerNote === 0) out.note(text)
        return
      }
      const options = { total: progress.total, label: name, unit: 'packages' }
      bar ??= createProgress(options, { out, nowMs })
      bar.add(progress.packages - compiled)
      compiled = progress.packages
    },
    end: () => {
      if (isShown && out.isTerminal) out.progress('')
    },
  }
}

const modulesPerNote = 50
