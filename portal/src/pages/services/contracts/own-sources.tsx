import { type Contracts, isCodedError } from '@openbsn/sdk'
import { lazy, Suspense, useId, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Choice, Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { Skeleton } from '../../../parts/loaded.tsx'
import { type CompileProblem, problemsOf } from './compile-problems.ts'
import type { Compiled } from './new-contract.tsx'

const Editor = lazy(async () => {
  const { SolidityEditor } = await import('./solidity-editor.tsx')
  return { default: SolidityEditor }
})

/** Solidity by path, and which contract of it is meant where there are several. */
export type Sources = {
  readonly sources: Readonly<Record<string, string>>
  readonly contract?: string
}

/** Something that compiles, for whoever begins. */
export const firstSources: Sources = {
  sources: {
    'Notes.sol': `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

contract Notes {
    mapping(address => string) public noteOf;

    event Noted(address indexed by, string text);

    function note(string calldata text) external {
        noteOf[msg.sender] = text;
        emit Noted(msg.sender, text);
    }
}
`,
  },
}

type Props = {
  readonly contracts: Contracts
  readonly sources: Sources
  readonly compiled: Compiled | undefined
  readonly onChange: (sources: Sources) => void
  readonly onCompiled: (compiled: Compiled) => void
}

/** Sources that are written or uploaded here, and what the compiler says of them. */
export function OwnSources({ contracts, sources: given, compiled, onChange, onCompiled }: Props) {
  const { t } = useTranslation()
  const { sources, contract } = given
  const files = Object.keys(sources)
  const [chosen, setChosen] = useState(files[0] ?? '')
  const file = files.includes(chosen) ? chosen : (files[0] ?? '')
  const [problems, setProblems] = useState<readonly CompileProblem[]>([])
  const [goTo, setGoTo] = useState<{ readonly line: number; readonly column: number }>()
  const form = useForm(
    { main: { label: t('deploy.main'), hint: t('deploy.mainHint'), initial: contract ?? '' } },
    async ({ main }) => {
      const wanted = main.trim()
      const from = { sources, ...(wanted === '' ? {} : { contract: wanted }) }
      setProblems([])
      try {
        onCompiled({ made: await contracts.compile(from), from })
      } catch (error) {
        const isOfSource = isCodedError(error) && error.code === 'COMPILE_FAILED'
        if (!isOfSource) throw error
        setProblems(problemsOf(error.message))
      }
    },
  )
  const shown = useMemo(() => problems.filter((one) => one.place?.file === file), [problems, file])
  const visit = ({ place }: CompileProblem) => {
    if (!place) return
    setChosen(place.file)
    setGoTo({ ...place })
  }
  const open = (next: string) => {
    setChosen(next)
    setGoTo(undefined)
  }
  return (
    <div className="form wide">
      <Files
        files={files}
        file={file}
        onChoose={open}
        onFiles={(more) => onChange({ ...given, sources: more })}
      />
      <Suspense fallback={<Skeleton lines={10} />}>
        <Editor
          key={file}
          label={t('deploy.editor', { file })}
          text={sources[file] ?? ''}
          problems={shown}
          goTo={goTo}
          onChange={(text) => onChange({ ...given, sources: { ...sources, [file]: text } })}
        />
      </Suspense>
      <ProblemList problems={problems} onVisit={visit} />
      <Form form={form} label={t('deploy.compile')} submit={t('deploy.compile')}>
        <Field {...form.field('main')} autoComplete="off" spellCheck={false} />
      </Form>
      {compiled && <Warnings warnings={compiled.made.warnings} />}
    </div>
  )
}

type FilesProps = {
  readonly files: readonly string[]
  readonly file: string
  readonly onChoose: (file: string) => void
  /** All sources in place of those that are there. */
  readonly onFiles: (sources: Readonly<Record<string, string>>) => void
}

/** Together the gateway takes no more. */
const sourceBytesMax = 2 * 1024 * 1024

function Files({ files, file, onChoose, onFiles }: FilesProps) {
  const { t } = useTranslation()
  const id = useId()
  const [fault, setFault] = useState<string>()
  const take = async (list: FileList | null) => {
    const given = [...(list ?? [])]
    const wrong = given.find(({ name }) => !/^[\w@.-]+\.sol$/.test(name))
    if (wrong) return setFault(t('deploy.noSolidity', { name: wrong.name }))
    if (given.reduce((sum, { size }) => sum + size, 0) > sourceBytesMax) {
      return setFault(t('deploy.tooLarge'))
    }
    const texts = await Promise.all(given.map(async (one) => [one.name, await one.text()] as const))
    setFault(undefined)
    if (texts.length > 0) onFiles(Object.fromEntries(texts))
  }
  return (
    <div className="file-field">
      {files.length > 1 && (
        <Choice
          label={t('deploy.file')}
          value={file}
          options={files.map((one) => [one, one] as const)}
          onChoose={onChoose}
        />
      )}
      <label className="button quiet file-button">
        {t('deploy.upload')}
        <input
          type="file"
          multiple
          accept=".sol"
          className="unseen"
          aria-describedby={`${id}-fault`}
          onChange={({ target }) => {
            void take(target.files)
            // So that the same file can be chosen again after it was changed.
            target.value = ''
          }}
        />
      </label>
      <div id={`${id}-fault`}>
        {fault !== undefined && (
          <p className="error-text" role="alert">
            {fault}
          </p>
        )}
      </div>
    </div>
  )
}

type ListProps = {
  readonly problems: readonly CompileProblem[]
  readonly onVisit: (problem: CompileProblem) => void
}

/** What does not compile, each leading to its place. */
function ProblemList({ problems, onVisit }: ListProps) {
  const { t } = useTranslation()
  if (problems.length === 0) return null
  return (
    <section className="problem" role="alert">
      <h2>{t('deploy.problems', { count: problems.length })}</h2>
      <ul>
        {problems.map((one) => (
          <li key={`${JSON.stringify(one.place)} ${one.text}`}>
            {one.place ? (
              <button type="button" className="link" onClick={() => onVisit(one)}>
                {t('deploy.problemAt', { ...one.place, text: one.text })}
              </button>
            ) : (
              one.text
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  const { t } = useTranslation()
  if (warnings.length === 0) return null
  return (
    <details>
      <summary>{t('deploy.warnings', { count: warnings.length })}</summary>
      <ul>
        {warnings.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </details>
  )
}
