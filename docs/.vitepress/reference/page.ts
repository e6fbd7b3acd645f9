import type { Described, Member } from './declaration.ts'
import type { PackageEntry } from './entries.ts'
import type { EntryNames, NamedExport, Section } from './read-entry.ts'

/** The address of every name that has an entry. Shape: `Topic` to `./millrace#Topic`. */
type Addresses = ReadonlyMap<string, string>

/** The pages of all entries, by the names of their pages. */
export function entryPages(read: ReadonlyMap<PackageEntry, EntryNames>): ReadonlyMap<string, string> {
  const entries = [...read]
  return new Map(
    entries.map(([entry, names]) => {
      // A name that two entries have is that of the page itself.
      const others = entries.filter(([other]) => other !== entry)
      const addresses = new Map(others.flatMap(([{ page }, { sections }]) => addressesOf(sections, `./${page}`)))
      for (const [name, address] of addressesOf([...names.sections, { comment: '', names: names.mentioned }], ''))
        addresses.set(name, address)
      return [entry.page, entryPage(entry, names, addresses)]
    }),
  )
}

function addressesOf(
  sections: readonly Section[],
  page: string,
): readonly (readonly [name: string, address: string])[] {
  return sections.flatMap(({ names }) => names.map(({ name }) => [name, `${page}#${name}`] as const))
}

/** The page of one entry: a section for each comment of its file, and in it every name with its signature and docstring. */
function entryPage(entry: PackageEntry, { sections, mentioned }: EntryNames, addresses: Addresses): string {
  const intro = `# ${entry.name}\n\n\`import { ... } from '${entry.name}'\``
  const others = {
    comment: 'Types in these signatures: They need no import, and none is exported.',
    names: mentioned,
  }
  const shown = mentioned.length > 0 ? [...sections, others] : sections
  return [intro, ...shown.flatMap(section => sectionText(section, addresses))].join('\n\n')
}

function sectionText({ comment, names }: Section, addresses: Addresses): readonly string[] {
  // Shape: 'Serdes: the wire forms of keys and values.' The part before the first colon or full stop is the heading.
  const [, title = 'Names', about = ''] = /^([^:.]+)[:.]\s*(.*)$/.exec(comment) ?? []
  const sentence = about === '' ? [] : [prose(about.charAt(0).toUpperCase() + about.slice(1))]
  return [`## ${title}`, ...sentence, ...names.flatMap(name => nameText(name, addresses))]
}

function nameText(named: NamedExport, addresses: Addresses): readonly string[] {
  const { name } = named
  // The letter's case tells a function from the type of its results: `topic`, `Topic`.
  const heading = `### ${name} {#${name}}`
  if ('from' in named) return [heading, `Declared by \`${named.from}\`, and exported as it is there.`]
  const { signatures, text, members } = named.described
  const links = mentions(named.described, name, addresses).map(other => `[\`${other}\`](${addresses.get(other)})`)
  const lines = members.filter(isLine).map(fieldText)
  return [
    heading,
    code(signatures),
    ...(text === '' ? [] : [prose(text)]),
    ...(links.length > 0 ? [`See ${links.join(', ')}.`] : []),
    ...(lines.length > 0 ? [lines.join('\n')] : []),
    ...members.filter(member => !isLine(member)).flatMap(member => memberText(name, member)),
  ]
}

/** Whether a member is short enough for a line of a list. */
function isLine({ isMethod, signatures }: Member): boolean {
  return !isMethod && signatures.length === 1 && !signatures[0]!.includes('\n')
}

function fieldText({ signatures, text }: Member): string {
  return `- ${inline(signatures[0]!)}${text === '' ? '' : `: ${prose(text).replaceAll('\n', '\n  ')}`}`
}

function memberText(owner: string, { name, signatures, text }: Member): readonly string[] {
  return [`#### ${name} {#${owner}.${name}}`, code(signatures), ...(text === '' ? [] : [prose(text)])]
}

/** Names with an address that stand in the signatures of another name. */
function mentions({ signatures, members }: Described, self: string, addresses: Addresses): readonly string[] {
  const texts = [...signatures, ...members.flatMap(member => member.signatures)]
  const words = new Set(texts.flatMap(text => text.match(/\b[A-Z]\w*/g) ?? []))
  return [...words].filter(word => word !== self && addresses.has(word))
}

function code(signatures: readonly string[]): string {
  return `\`\`\`ts\n${signatures.join('\n')}\n\`\`\``
}

/** Code inside a line. Source: CommonMark, code spans. */
function inline(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}

/** Markdown for VitePress, to which a `<` outside of code begins an element, and `{{` an expression. */
function prose(markdown: string): string {
  return markdown
    .split(/(```[\s\S]*?```|`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '&lt;').replaceAll('{{', '&#123;&#123;')))
    .join('')
}
