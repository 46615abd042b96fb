/** What providers and routers tell beside their calls: events of spans, and measures. */
import { hush, type ProviderEvent } from "../provider/base/events.ts";
import type { Exporter, GetExporter } from "./exporter.ts";
import { ATTR, EVENT } from "./names.ts";
import type { RouterTold } from "./router-measures.ts";

type CallTold = Extract<ProviderEvent, { type: "retry" | "limitWait" }>;
type Told = CallTold | RouterTold;

/** Never throws. Costs nothing where nobody listens. */
export function listenTo(exporter: GetExporter): (event: ProviderEvent | RouterTold) => void {
  return (event) => {
    if (!isTold(event)) return;
    const ready = exporter();
    if (ready instanceof Promise) hush(ready.then((found) => found && note(event, found)));
    else if (ready) note(event, ready);
  };
}

const TOLD: ReadonlySet<string> = new Set<Told["type"]>([
  "retry",
  "limitWait",
  "failed",
  "outrun",
  "answered",
  "waited",
  "breaker",
  "budget",
]);

function isTold(event: ProviderEvent | RouterTold): event is Told {
  return TOLD.has(event.type);
}

function note(event: Told, { calls, measure }: Exporter): void {
  if (event.type !== "retry" && event.type !== "limitWait") {
    measure((measures) => measures.route(event));
    return;
  }
  const known = calls.get(event.callId);
  const attributes = { [ATTR.attempt]: event.attempt, [ATTR.waitMs]: event.waitMs };
  if (event.type === "retry") {
    known?.span.event(EVENT.retry, { ...attributes, [ATTR.error]: event.kind });
    return;
  }
  known?.span.event(EVENT.limitWait, attributes);
  const common = known?.common ?? { [ATTR.requestModel]: event.model };
  measure((measures) => measures.wait(event.waitMs / 1000, common));
}
