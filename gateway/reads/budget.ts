import { RetriableError } from '../../topology/definition/errors.ts'

/** A read took longer than it may: 504. */
export class BudgetExceeded extends RetriableError {
  constructor(budgetMs: number) {
    super('STORE_UNAVAILABLE', `the database did not answer within ${budgetMs} ms, gateway: ask again, or for less`)
  }
}
