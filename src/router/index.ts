/** What applications import as `groq-provider/router`: one provider made of several. */
export type { BudgetEntry, BudgetOptions, BudgetStore, BudgetSum } from "./budget-types.ts";
export { createMemoryBudgetStore } from "./memory-budget.ts";
export {
  createRedisBudgetStore,
  type IoRedisClient,
  type NodeRedisClient,
  type RedisBudgetStoreOptions,
} from "./redis-budget.ts";
export { routeOf } from "./route.ts";
export { createRouter } from "./router.ts";
export type {
  Asked,
  BreakerOptions,
  CandidateState,
  ErrorAction,
  ErrorContext,
  ErrorPolicy,
  Order,
  OrderContext,
  OrderFunction,
  Route,
  RoutedChatResponse,
  RoutedChatStream,
  RoutedCompletionResponse,
  RoutedEmbeddingResponse,
  Router,
  RouterCandidate,
  RouterEvent,
  RouterOperation,
  RouterOptions,
  TokenPrice,
} from "./types.ts";
