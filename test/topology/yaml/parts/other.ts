import { byPortfolio as sameAsRisk } from './risk.ts'

export { sameAsRisk }
export const byPortfolio = () => 'another'
