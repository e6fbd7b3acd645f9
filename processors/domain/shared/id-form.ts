import { z } from 'zod'

/*
 * Ids that the pipeline takes on, in files, requests and registrations. Each is a part of a path of the API, so it must be one that
 * every client and every proxy can send: not empty, not '.' or '..' (which URLs remove), without slashes and control characters.
 */

const control = '\\u0000-\\u001f\\u007f-\\u009f'

/** The form of an id. Its length counts characters, apart from the form. */
export const idForm = new RegExp(`^\\.*[^./\\\\${control}][^/\\\\${control}]*$`)

/** Units: characters (code points). */
export const longestId = 200

/** The message about a text that is no id. */
export const idWords = 'must be text without slashes and control characters, and not of dots alone'

/** The problem of an id; undefined: it is one. Shape: `must not be empty`. */
export function idProblem(id: string): string | undefined {
  if (id === '') return 'must not be empty'
  if (id.length > longestId && [...id].length > longestId) return `may have ${longestId} characters`
  return idForm.test(id) && id.isWellFormed() ? undefined : idWords
}

/** An id in a file or a request. */
export const idText = z.string().superRefine((text, context) => {
  const message = idProblem(text)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})
