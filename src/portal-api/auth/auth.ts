/** What is called of the authentication library, each by a request's headers. */
export type ApiName =
  | 'signUpEmail'
  | 'signInEmail'
  | 'signOut'
  | 'getSession'
  | 'revokeOtherSessions'
  | 'updateUser'
  | 'verifyPassword'
  | 'changePassword'
  | 'enableTwoFactor'
  | 'disableTwoFactor'
  | 'generateBackupCodes'
  | 'verifyTOTP'
  | 'verifyBackupCode'
  | 'generatePasskeyRegistrationOptions'
  | 'verifyPasskeyRegistration'
  | 'generatePasskeyAuthenticationOptions'
  | 'verifyPasskeyAuthentication'
  | 'deletePasskey'
  | 'createOrganization'
  | 'updateOrganization'
  | 'addMember'
  | 'removeMember'
  | 'updateMemberRole'
  | 'signInSocial'
  | 'linkSocialAccount'

export type ApiInput = {
  readonly body?: object
  readonly query?: object
  /** Absent where nobody asks: then the server itself does. */
  readonly headers?: Headers
  readonly asResponse: true
}

/** The authentication library as far as it is used. */
export type Auth = {
  readonly api: Readonly<Record<ApiName, (input: ApiInput) => Promise<Response>>>
  handler(request: Request): Promise<Response>
  readonly $context: Promise<{
    readonly socialProviders: readonly object[] | (() => unknown)
    readonly internalAdapter: {
      deleteSession(token: string): Promise<unknown>
      updateUser(id: string, fields: object): Promise<unknown>
      deleteUser(id: string): Promise<unknown>
    }
  }>
}
