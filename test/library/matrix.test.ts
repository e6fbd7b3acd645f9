import { connectParts } from '../../topology/app/connections.ts'
import { matrixTest } from './matrix/matrix-test.ts'

matrixTest('the memory registry', () => connectParts({ kafka: 'memory', registry: 'memory', postgres: 'memory' }), '')
