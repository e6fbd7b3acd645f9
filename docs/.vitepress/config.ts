import { defineConfig } from 'vitepress'
import { packageEntries } from './reference/entries.ts'

/** The documentation site: `npm run docs` builds it, from the pages of this folder, into `docs/.vitepress/dist`. */
export default defineConfig({
  title: 'millrace',
  description: 'Kafka Streams for TypeScript, with Postgres as its state',
  lang: 'en',
  cleanUrls: true,
  // The paths of the site are those of the repository, so that a link is right in both: runbooks stay where an operator looks.
  srcDir: '..',
  srcExclude: [
    '{node_modules,dist,examples,gateway,processors,schemas,store,test,topology}/**',
    'ops/!(runbooks)/**',
    '{README,CONTRIBUTING,DESIGN}.md',
  ],
  rewrites: { 'docs/index.md': 'index.md' },
  // The icon is part of the page, so that nothing is asked of another server.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // The API reference of the main entry is one long page.
  vite: { build: { chunkSizeWarningLimit: 1500 } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Quick start', link: '/docs/start' },
      { text: 'Guide', link: '/docs/concepts' },
      { text: 'Operators', link: '/docs/operators/stateless' },
      { text: 'API', link: '/docs/api/millrace' },
    ],
    sidebar: [
      {
        text: 'Guide',
        items: [
          { text: 'Quick start', link: '/docs/start' },
          { text: 'Concepts', link: '/docs/concepts' },
          { text: 'Streams and tables', link: '/docs/streams-and-tables' },
          { text: 'Processors and stores', link: '/docs/processors' },
          { text: 'Serdes and schemas', link: '/docs/serdes' },
          { text: 'Testing and simulation', link: '/docs/testing' },
          { text: 'Inside your own program', link: '/docs/in-app' },
          { text: 'millrace.config.ts', link: '/docs/project' },
        ],
      },
      {
        text: 'Operators',
        items: [
          { text: 'One record at a time', link: '/docs/operators/stateless' },
          { text: 'Aggregations', link: '/docs/operators/aggregations' },
          { text: 'Windows', link: '/docs/operators/windows' },
          { text: 'Joins', link: '/docs/operators/joins' },
          { text: 'Tables', link: '/docs/operators/tables' },
          { text: 'Your own code', link: '/docs/operators/custom' },
        ],
      },
      {
        text: 'Deciding',
        items: [
          { text: 'When not to use it', link: '/docs/when-not' },
          { text: 'Coming from elsewhere', link: '/docs/coming-from' },
          { text: 'Speed', link: '/BENCHMARKS' },
          { text: 'Changes', link: '/CHANGELOG' },
        ],
      },
      {
        text: 'Running it',
        items: [
          { text: 'Operating', link: '/docs/operating' },
          { text: 'Console', link: '/docs/console' },
          { text: 'Configuration', link: '/docs/configuration' },
          { text: 'Commands and entry points', link: '/docs/commands' },
          { text: 'Runbooks', link: '/ops/runbooks/README' },
        ],
      },
      {
        text: 'API reference',
        items: packageEntries.map(({ name, page }) => ({ text: name, link: `/docs/api/${page}` })),
      },
    ],
  },
})
