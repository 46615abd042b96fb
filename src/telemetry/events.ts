/** What is told between the tries of a call: retries and waits, as events of its span and as measures. */
import type { ProviderEvent } from "../provider/base/events.ts";
import { hush } from "../provider/base/events.ts";
import type { Exporter, GetExporter } from "./exporter.ts";
import { ATTR, EVENT } from "./names.ts";

type ToldEvent = Extract<ProviderEvent, { type: "retry" | "limitWait" }>;

/** Never throws. Costs nothing where nobody listens. */
export function listenTo(exporter: GetExporter): (event: ProviderEvent) => void {
  return (event) => {
    if (event.type !== "retry" && event.type !== "limitWait") return;
    const ready = exporter();
    if (ready instanceof Promise) hush(ready.then((found) => found && note(event, found)));
    else if (ready) note(event, ready);
  };
}

function note(event: ToldEvent, { calls, measure }: Exporter): void {
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
