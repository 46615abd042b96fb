/** The measures of routers, made of what they tell. */
import type { Attributes, Meter } from "@opentelemetry/api";
import { ATTR, DURATION_BUCKETS, OWN } from "./names.ts";

/** An event of a router, as far as it is measured. */
export interface RouterTold {
  /** What happened. */
  type: "asked" | "refused" | "failed" | "changed" | "outrun" | "answered" | "waited" | "breaker" | "budget";
  /** The router's name. */
  router: string;
  /** Which candidate. */
  candidate?: string;
  /** What went wrong with it. */
  kind?: string;
  /** Milliseconds that a call waited for a candidate. */
  waitMs?: number;
  /** US dollars of an answer. */
  costUsd?: number;
  /** Of a breaker: `open`, `halfOpen`, `closed`. */
  state?: string;
  /** Of a budget: `spent`, `store`, `price`. */
  problem?: string;
}

export function createRouterMeasures(meter: Meter): (event: RouterTold) => void {
  const asks = meter.createCounter(OWN.asks, { unit: "{ask}" });
  const wait = meter.createHistogram(OWN.routerWait, {
    unit: "s",
    advice: { explicitBucketBoundaries: DURATION_BUCKETS },
  });
  const changes = meter.createCounter(OWN.breakerChanges, { unit: "{change}" });
  const open = meter.createGauge(OWN.breakerOpen);
  const problems = meter.createCounter(OWN.budgetProblems, { unit: "{problem}" });
  const cost = meter.createCounter(OWN.cost, { unit: "{USD}" });
  return (event) => {
    const { type, router, candidate, kind, waitMs, costUsd, state, problem } = event;
    const about: Attributes = { [ATTR.router]: router };
    if (candidate !== undefined) about[ATTR.candidate] = candidate;
    const failed: Attributes = kind === undefined ? about : { ...about, [ATTR.error]: kind };
    if (type === "answered" || type === "failed" || type === "outrun")
      asks.add(1, { ...failed, [ATTR.outcome]: type });
    if (type === "answered" && costUsd !== undefined) cost.add(costUsd, about);
    if (type === "waited" && waitMs !== undefined) wait.record(waitMs / 1000, about);
    if (type === "budget") problems.add(1, { ...about, [ATTR.problem]: problem });
    if (type !== "breaker") return;
    changes.add(1, { ...failed, [ATTR.state]: state });
    open.record(state === "closed" ? 0 : 1, about);
  };
}
