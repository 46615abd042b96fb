/** What changed in one operation. */
import { type Finding, note } from "./change.ts";
import { type Context, guarded } from "./context.ts";
import type { Answer, Contract, Media } from "./contract.ts";
import { compareHeaders, compareParameters } from "./parameters.ts";
import { compareWays } from "./security.ts";

export function compareOperation(label: string, before: Contract, after: Contract, context: Context): void {
  const subject = `${label} request`;
  const report = (finding: Finding, place?: string) =>
    context.gathered.addAlike(subject, "request", finding, place);
  compareWords(before, after, report);
  compareServers(before, after, report);
  for (const finding of compareWays(before.ways, after.ways)) report(finding, "authentication");
  compareParameters(before, after, subject, context);
  compareBodies(before, after, subject, context);
  compareAnswers(label, before, after, context);
  compareCallbacks(label, before, after, context);
}

/** The same operation at another path. */
export function moved(
  label: string,
  { path: from }: Contract,
  { path: to }: Contract,
  { gathered }: Context,
): void {
  if (from === to) return;
  gathered.add(
    `${label} request`,
    "request",
    note("operation-moved", `moved from ${from} to ${to}`, from, to),
  );
}

/** What stands around an operation and says nothing of values. */
function compareWords(before: Contract, after: Contract, report: (finding: Finding) => void): void {
  if (before.deprecated !== after.deprecated) {
    const until = after.sunset === undefined ? "" : `, until ${after.sunset}`;
    if (after.deprecated) report(note("operation-deprecated", `operation now deprecated${until}`));
    else report(note("operation-undeprecated", "operation no longer deprecated"));
  } else if (before.sunset !== after.sunset) {
    const text = `ends ${after.sunset ?? "on no day that is named"}, was ${before.sunset ?? "not said"}`;
    report(note("operation-sunset-changed", text, before.sunset, after.sunset));
  }
  if (before.id !== after.id && before.id !== undefined && after.id !== undefined) {
    const text = `operationId changed from ${before.id} to ${after.id}`;
    report(note("operation-id-changed", text, before.id, after.id));
  }
  for (const [index, name] of before.pathNames.entries()) {
    const other = after.pathNames[index];
    if (other === undefined || other === name) continue;
    report(note("path-parameter-renamed", `{${name}} of the path is now {${other}}`, name, other));
  }
}

function compareServers(before: Contract, after: Contract, report: (finding: Finding) => void): void {
  // A prefix may move from the paths to the server's URL.
  const own = (urls: readonly string[], { path, servers }: Contract, other: Contract) =>
    path === other.path && servers.length > 0 ? urls.map(hostOf) : urls;
  const [from, to] = [own(before.servers, before, after), own(after.servers, after, before)];
  if (from.length === 0 || to.length === 0) return;
  const gone = from.filter((url) => !to.includes(url));
  const come = to.filter((url) => !from.includes(url));
  const list = (urls: string[]) => [...new Set(urls)].join(", ");
  if (gone.length > 0) {
    const instead = gone.length === new Set(from).size && come.length > 0 ? `, but at ${list(come)}` : "";
    report(
      note(
        "server-removed",
        `no longer served at ${list(gone)}${instead}`,
        list(gone),
        list(come) || undefined,
      ),
    );
  }
  if (come.length > 0 && gone.length < new Set(from).size)
    report(note("server-added", `served at ${list(come)} too`, undefined, list(come)));
}

const hostOf = (url: string): string =>
  /^[a-z][a-z+.-]*:\/\/[^/]*/i.exec(url)?.[0] ?? "the host of the document";

function compareNeed(was: boolean, is: boolean, report: (finding: Finding) => void): void {
  if (was === is) return;
  if (is) report(note("body-required", "body now required", "optional", "required"));
  else report(note("body-optional", "body now optional", "required", "optional"));
}

function compareBodies(before: Contract, after: Contract, subject: string, context: Context): void {
  const { gathered, schemas } = context;
  const report = (finding: Finding, place?: string) => gathered.add(subject, "request", finding, place);
  const types = (bodies: Map<string, Media>) => [...bodies.keys()].join(", ");
  if (before.bodies.size === 0 || after.bodies.size === 0) {
    if (before.bodies.size > 0)
      report(note("body-removed", "a body is no longer taken", types(before.bodies)));
    else if (after.bodies.size > 0 && after.bodyRequired)
      report(
        note(
          "required-body-added",
          `a body is now required (${types(after.bodies)})`,
          undefined,
          types(after.bodies),
        ),
      );
    else if (after.bodies.size > 0)
      report(
        note("body-added", `a body is now taken (${types(after.bodies)})`, undefined, types(after.bodies)),
      );
    return;
  }
  compareNeed(before.bodyRequired, after.bodyRequired, report);
  for (const type of new Set([...before.bodies.keys(), ...after.bodies.keys()])) {
    const [old, current] = [before.bodies.get(type), after.bodies.get(type)];
    if (old && current) {
      guarded(context, subject, "request", () => {
        const isText = /^application\/x-www-form-urlencoded/.test(type);
        const { compare } = isText ? schemas.parameter : schemas.request;
        gathered.addAll(subject, "request", compare(old.schema, current.schema));
      });
      compareEncoding(old, current, report);
    } else if (old) report(note("request-media-type-removed", `${type} is no longer taken`, type));
    else report(note("request-media-type-added", `${type} is taken too`, undefined, type));
  }
}

function compareEncoding(
  { encoding: before }: Media,
  { encoding: after }: Media,
  report: (finding: Finding, place: string) => void,
): void {
  // How a part is written where nothing is said follows from its type.
  for (const [part, from] of before) {
    const to = after.get(part);
    if (to === undefined || from === to) continue;
    report(
      note("body-encoding-changed", `written as ${to || "usual"}, was ${from || "usual"}`, from, to),
      part,
    );
  }
}

export const isError = (status: string): boolean => /^[45]/.test(status) || status === "default";

function compareAnswers(label: string, before: Contract, after: Contract, context: Context): void {
  const subject = `${label} response`;
  compareStatuses(before, after, (finding) => context.gathered.addAlike(subject, "response", finding));
  for (const [status, old] of before.responses) {
    const current = after.responses.get(status);
    if (!current) continue;
    const isMain = /^2/.test(status) && [...before.responses.keys()].find((one) => /^2/.test(one)) === status;
    const place = isMain ? subject : `${subject} ${status}`;
    compareAnswerBodies(place, old.bodies, current.bodies, isError(status), context);
    compareHeaders(place, old.headers, current.headers, context);
    const stream = isMain ? `${label} stream` : `${label} stream ${status}`;
    compareEvents(stream, old, current, context);
  }
}

function compareStatuses(before: Contract, after: Contract, report: (finding: Finding) => void): void {
  const gone = [...before.responses.keys()].filter((status) => !after.responses.has(status));
  const come = [...after.responses.keys()].filter((status) => !before.responses.has(status));
  // An error must be expected whether or not it is listed; a success of a new kind is a new answer to understand.
  const rules = [
    ["success-status-removed", gone.filter((status) => !isError(status)), "no longer listed"],
    ["success-status-added", come.filter((status) => !isError(status)), "now listed"],
    ["error-status-removed", gone.filter(isError), "no longer listed"],
    ["error-status-added", come.filter(isError), "now listed"],
  ] as const;
  for (const [rule, statuses, words] of rules)
    if (statuses.length > 0) report(note(rule, `status ${statuses.join(", ")} ${words}`));
}

function compareAnswerBodies(
  subject: string,
  before: Map<string, Media>,
  after: Map<string, Media>,
  isOfError: boolean,
  context: Context,
): void {
  const { gathered, schemas } = context;
  const report = (finding: Finding) => gathered.addAlike(subject, "response", finding);
  for (const type of new Set([...before.keys(), ...after.keys()])) {
    const [old, current] = [before.get(type), after.get(type)];
    if (old?.schema !== undefined && current?.schema !== undefined) {
      guarded(context, subject, "response", () =>
        gathered.addAll(subject, "response", schemas.response.compare(old.schema, current.schema)),
      );
    } else if (old && !current && !isOfError)
      report(note("response-media-type-removed", `${type} is no longer answered`, type));
    else if (current && !old && !isOfError && before.size > 0)
      report(note("response-media-type-added", `${type} is answered too`, undefined, type));
    else if (old?.schema !== undefined)
      report(note("response-undescribed", `${type} is no longer described`));
    else if (current?.schema !== undefined) report(note("response-described", `${type} is now described`));
  }
}

type Events = Pick<Answer, "events" | "namesEvents">;

function compareEvents(subject: string, before: Events, after: Events, context: Context): void {
  const { gathered, schemas } = context;
  if (!before.events || !after.events) return;
  const names = new Set([...before.events.keys(), ...after.events.keys()]);
  for (const name of names) {
    const [old, current] = [before.events.get(name), after.events.get(name)];
    const place = name === "message" ? subject : `${subject} event ${name}`;
    if (old !== undefined && current !== undefined) {
      guarded(context, place, "response", () =>
        gathered.addAll(place, "response", schemas.response.compare(old, current)),
      );
    } else if (before.namesEvents && after.namesEvents) {
      if (old === undefined)
        gathered.add(
          place,
          "response",
          note("stream-event-added", `event ${name} may come`, undefined, name),
        );
      else
        gathered.add(place, "response", note("stream-event-removed", `event ${name} no longer comes`, name));
    }
  }
}

function compareCallbacks(label: string, before: Contract, after: Contract, context: Context): void {
  compareSent(`${label} callback`, before.callbacks, after.callbacks, context);
}

/** What the service sends by itself: the directions of a request are turned around. */
export function compareSent(
  what: string,
  before: ReadonlyMap<string, Contract>,
  after: ReadonlyMap<string, Contract>,
  context: Context,
): void {
  const { gathered, schemas } = context;
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [old, current] = [before.get(name), after.get(name)];
    const subject = `${what} ${name}`;
    const report = (finding: Finding) => gathered.add(subject, "response", finding);
    if (!old) report(note("webhook-added", `${what} ${name} is new`));
    else if (!current) report(note("webhook-removed", `${what} ${name} is gone`));
    else {
      compareWords(old, current, report);
      compareAnswerBodies(subject, old.bodies, current.bodies, false, context);
      for (const [status, answer] of old.responses) {
        for (const [type, media] of answer.bodies) {
          const other = current.responses.get(status)?.bodies.get(type);
          if (!other) continue;
          const place = `${subject} answer ${status}`;
          guarded(context, place, "request", () =>
            gathered.addAll(place, "request", schemas.request.compare(media.schema, other.schema)),
          );
        }
      }
    }
  }
}
