import { lazy, Suspense, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog } from '../parts/dialog.tsx'
import { Skeleton } from '../parts/loaded.tsx'
import { answerProof, askedProof, subscribeToProof } from './proof.ts'

const ProofForm = lazy(async () => {
  const { ProofForm: Form } = await import('../pages/account/proof-form.tsx')
  return { default: Form }
})

/** Asks who is there in the middle of something, over the page as it is. */
export function ProofDialog() {
  const { t } = useTranslation()
  const proof = useSyncExternalStore(subscribeToProof, askedProof)
  return (
    <Dialog
      title={proof === 'sign-in' ? t('proof.signIn') : t('proof.stepUp')}
      isOpen={proof !== undefined}
      onClose={() => answerProof(false)}
    >
      <Suspense fallback={<Skeleton lines={3} />}>
        {proof && <ProofForm proof={proof} onDone={() => answerProof(true)} />}
      </Suspense>
    </Dialog>
  )
}
