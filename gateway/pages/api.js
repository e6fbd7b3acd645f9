import { element } from './element.js'

// The API's page: /openapi.json as a person reads it.

const main = document.getElementById('api')

function show({ info, paths, components }) {
  main.append(element('h1', { text: info.title }), element('p', { class: 'muted', text: info.description }))
  const byTag = new Map()
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? 'other'
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationOf(path, method, operation)])
    }
  for (const [tag, operations] of byTag) main.append(element('h2', { text: tag }), ...operations)
  main.append(element('h2', { text: 'schemas' }))
  for (const [name, schema] of Object.entries(components.schemas))
    main.append(fold([element('code', { text: name })], [json(schema)], `schema-${name}`))
  main.dataset.state = 'ready'
}

function operationOf(path, method, { summary, description, parameters = [], requestBody, responses }) {
  const head = [
    element('code', { class: `method ${method}`, text: method.toUpperCase() }),
    element('code', { text: path }),
    element('span', { class: 'muted', text: summary }),
  ]
  const body = []
  if (description) body.push(element('p', { text: description }))
  if (parameters.length > 0) body.push(element('h3', { text: 'Parameters' }), parameterTable(parameters))
  if (requestBody) body.push(element('h3', { text: 'Body' }), ...contentOf(requestBody.content))
  body.push(element('h3', { text: 'Responses' }))
  for (const [status, response] of Object.entries(responses))
    body.push(
      element('p', { children: [element('code', { text: `${status} ` }), response.description] }),
      ...contentOf(response.content),
    )
  return fold(head, body)
}

function parameterTable(parameters) {
  const rows = parameters.map(({ name, in: place, required, description, schema = {} }) =>
    element('tr', {
      children: [
        element('td', { children: [element('code', { text: name })] }),
        element('td', { class: 'muted', text: `${place}${required ? ', required' : ''}` }),
        element('td', {
          class: 'muted',
          text: schema.enum?.join(' | ') ?? [schema.type, schema.format].filter(Boolean).join(' '),
        }),
        element('td', { text: description ?? schema.description ?? '' }),
      ],
    }),
  )
  return element('div', { class: 'scroll', children: [element('table', { children: rows })] })
}

function contentOf(content = {}) {
  return Object.entries(content).flatMap(([type, { schema, example, examples }]) => {
    const sample = example ?? Object.values(examples ?? {})[0]?.value
    const name = schema?.$ref?.split('/').at(-1)
    const link = name ? element('a', { href: `#schema-${name}`, text: name }) : element('span', { text: '' })
    const parts = [element('p', { class: 'muted', children: [`${type} `, link] })]
    if (sample !== undefined) parts.push(json(sample))
    else if (!name && schema) parts.push(json(schema))
    return name === 'Problem' ? [] : parts
  })
}

function fold(head, body, id = '') {
  return element('details', { id, children: [element('summary', { children: head }), ...body] })
}

function json(value) {
  return element('pre', { text: typeof value === 'string' ? value : JSON.stringify(value, null, 2) })
}

function open() {
  const target = document.getElementById(location.hash.slice(1))
  if (target instanceof HTMLDetailsElement) target.open = true
}

const response = await fetch('/openapi.json')
show(await response.json())
addEventListener('hashchange', open)
open()
