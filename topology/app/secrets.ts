const secrets = new Set<string>()

/** Shorter ones would be found in words that are none. */
const leastLength = 4

/**
 * Notes a secret of the configuration: it is left out of every log line and of a command's last line from now on, whoever's error holds
 * it. Of an address the password alone is one, unless it stands in it as the name of the user or the database, too, as in a trial set-up.
 */
export function keepSecret(secret: string): void {
  const password = secret.includes('://') && URL.canParse(secret) ? passwordIn(new URL(secret)) : secret
  for (const form of [password, decoded(password)]) {
    if (form.length < leastLength) continue
    // As it stands in JSON, too.
    for (const text of [form, JSON.stringify(form).slice(1, -1), encodeURIComponent(form)]) secrets.add(text)
  }
}

/** A text without the secrets that were noted. */
export function withoutSecrets(text: string): string {
  let clean = text
  for (const secret of secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, '***')
  return clean
}

function passwordIn({ username, password, pathname }: URL): string {
  return password === username || pathname === `/${password}` ? '' : password
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
