import { defineConfig } from 'millrace'

export default defineConfig({
  topology: 'word-count.ts',
  connections: { kafka: '127.0.0.1:9092', registry: 'http://127.0.0.1:8081', schema: 'words' },
  gateway: async () => (await import('./word-gateway.ts')).wordGateway,
  commands: {
    top: {
      summary: 'print the words that were said most often',
      load: async () => (await import('./top-command.ts')).topCommand(),
    },
  },
})
