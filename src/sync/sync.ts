/**
 * The closed loop: what changed in the vendor's document and in its answers, the overlay that makes up for it, the files
 * that are generated of both, and whether the project still compiles and reads what will come.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import type { DriftCheck } from "../drift/check/check.ts";
import type { Finding } from "../drift/check/findings.ts";
import { openAnswersCheck } from "../drift/check-files.ts";
import { formatPresence, type PresenceProfile } from "../drift/presence/profile.ts";
import { updatePresence } from "../drift/presence/tell.ts";
import { type OverlayAction, suggestChanges } from "../drift/report/suggest.ts";
import { describeEvidence } from "../drift/report/words.ts";
import type { SpecChange } from "../drift/spec/change.ts";
import { compareSpecs } from "../drift/spec/spec.ts";
import { completeFromPackage } from "../generator/complete.ts";
import { generate } from "../generator/generate.ts";
import { styleOf } from "../generator/style.ts";
import { staleFiles, writeFiles, writeText } from "../generator/write.ts";
import { applyOverlay } from "../openapi/apply-overlay.ts";
import { loadDocument, type OpenApiDocument, openDocument } from "../openapi/document.ts";
import { openOverlay } from "../openapi/overlay.ts";
import { isObject } from "../provider/base/values.ts";
import { type ActionNote, OverlayFile } from "./overlay-file.ts";
import {
  type CommandResult,
  copyProject,
  runCommand,
  type TypeProblem,
  typecheckCommand,
  typeProblems,
} from "./project.ts";
import {
  documentOf,
  fingerprintOf,
  formatState,
  readPresence,
  readState,
  strip,
  structureOf,
} from "./state.ts";

/** What `sync` is told. */
export interface SyncOptions {
  /** The vendor's document: a file or a URL. */
  vendor: string;
  /** The file of the overlay that corrects it; it may be new. */
  overlay: string;
  /** The folder of the generated files. */
  out: string;
  /** Where the structure of the document that was seen last is kept. Default: beside the overlay, as `.seen.json`. */
  state?: string | undefined;
  /** Where is kept how often each member was there in answers. Default: beside the overlay, as `.presence.json`. */
  presence?: string | undefined;
  /** Gives recorded or live answers to a check; called once for each round. */
  answers?: ((check: DriftCheck) => Promise<void>) | undefined;
  /** Writes overlay, generated files and state into the project; else all is tried in a copy of it. */
  write?: boolean | undefined;
  /** Takes what the document is silent on from the package's own. */
  complete?: boolean | undefined;
  /** Labels of operations beyond those of the adapter, or all. */
  operations?: readonly string[] | "all" | undefined;
  /** Also the schemas by zod. */
  schemas?: boolean | undefined;
  /** A command in place of the project's own; `false`: none. */
  typecheck?: string | false | undefined;
  /** A command that is run against tomorrow's server; it finds it at `GROQ_BASE_URL`. */
  test?: string | undefined;
  /** Asks the client of the folder whether it reads all that the document in the file allows. One line for each that it doesn't. */
  tryClient?: ((document: string, folder: string) => Promise<readonly string[]>) | undefined;
  /** Starts a server that answers by the document. */
  serve?: ((document: OpenApiDocument) => Promise<{ baseUrl: string; close(): Promise<void> }>) | undefined;
  /** The project. Default: the working folder. */
  folder?: string | undefined;
  /** Today, as `2026-11-30`. */
  day: string;
  onStep?: ((step: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** What `sync` found, and what it did. */
export interface SyncResult {
  vendor: string;
  overlay: string;
  out: string;
  day: string;
  /** When the document was seen last; absent the first time. */
  lastSeen?: string;
  /** What changed in the document since then, in a caller's terms. */
  changes: SpecChange[];
  /** Actions of the overlay that left it. */
  dead: ActionNote[];
  needless: ActionNote[];
  /** Actions that the answers ask for. */
  appended: OverlayAction[];
  /** Answers that were looked at. */
  samples: number;
  /** What vanished from the answers, was renamed, or appeared, since earlier ones. */
  presence: string[];
  /** What the answers showed, no action mends, and no page has told before. */
  leftDrift: string[];
  /** Of the findings in `presence` and `leftDrift`, those that break this client, or whoever trusts the document. */
  breaking: string[];
  /** How many such findings an earlier page has told. */
  toldBefore: number;
  /** Input that could not be read. */
  unusable: string[];
  /** Generated files that are new or differ. */
  files: string[];
  /** What the generator had to say. */
  notes: string[];
  /** `false`: it was told to check no types. */
  typecheck?: false;
  types?: { command: string; isGood: boolean; problems: TypeProblem[]; output: string };
  test?: CommandResult;
  /** What the client could not read of tomorrow's answers; absent where it was not tried. */
  client?: readonly string[];
  /** Whether the overlay has any action now. */
  hasOverlay: boolean;
  /** Whether the files were written into the project. */
  isWritten: boolean;
}

/** Runs the loop. Throws `DocumentError` and `GenerateError` for what can't be used; then nothing is written. */
export async function sync(options: SyncOptions): Promise<SyncResult> {
  const { vendor, overlay, day, onStep = () => {} } = options;
  const folder = resolve(options.folder ?? ".");
  const beside = overlay.replace(/\.(ya?ml|json)$/i, "");
  const { state: stateFile = `${beside}.seen.json`, presence: presenceFile = `${beside}.presence.json` } =
    options;
  onStep(`reading ${vendor}`);
  const document = await loadDocument(vendor);
  const state = await readState(stateFile);
  const structure = structureOf(document);
  const fingerprint = fingerprintOf(structure);
  const isSame = state?.fingerprint === fingerprint;
  const changes = state === undefined || isSame ? [] : changesSince(documentOf(state), document, structure);

  const file = await OverlayFile.open(overlay);
  const { document: corrected, dead, needless } = file.correct(document);
  const earlier = options.answers ? ((await readPresence(presenceFile)) ?? { kinds: new Map() }) : undefined;
  const learned = await learn(corrected, earlier, options);
  file.append(learned.appended);

  // What could not be read is known to nobody: then nothing is written, so that the next run tells it all again.
  const write = options.write === true && learned.unusable.length === 0;
  const fresh = learned.left.filter(({ key }) => !state?.told?.includes(key));

  onStep("generating");
  const whole = options.complete
    ? await completeFromPackage(learned.document)
    : { document: learned.document, lines: [] };
  const generated = await generate(whole.document, {
    operations: options.operations,
    schemas: options.schemas,
    ...(await styleOf(resolve(folder, options.out))),
  });
  const files = await staleFiles(generated.files, resolve(folder, options.out));

  const place = write ? { folder, remove: async () => {} } : await copyProject(folder);
  try {
    await writeFiles(generated.files, join(place.folder, relative(folder, resolve(folder, options.out))));
    const tried = await tryProject(place.folder, whole.document, options);
    if (write) {
      const text = file.text();
      if (file.isChanged && text !== undefined) await writeText(overlay, text);
      else if (file.isChanged) await rm(overlay, { force: true });
      const seen = isSame && state ? state.seen : day;
      const told = options.answers ? learned.left.map(({ key }) => key) : (state?.told ?? []);
      await writeText(stateFile, formatState({ vendor, seen, fingerprint, document: structure, told }));
      if (learned.profile) await writeText(presenceFile, formatPresence(learned.profile));
    }
    return {
      vendor,
      overlay,
      out: options.out,
      day,
      ...(state && { lastSeen: state.seen }),
      changes,
      dead,
      needless,
      appended: learned.appended,
      samples: learned.samples,
      presence: learned.presence.map(describeEvidence),
      leftDrift: fresh.map(describeEvidence),
      breaking: [...learned.presence, ...fresh].filter(isBreakingFinding).map(describeEvidence),
      toldBefore: learned.left.length - fresh.length,
      unusable: learned.unusable,
      files,
      notes: [...whole.lines, ...generated.notes],
      ...tried,
      ...(options.typecheck === false && { typecheck: false as const }),
      hasOverlay: file.size > 0,
      isWritten: write,
    };
  } finally {
    await place.remove();
  }
}

/** Both without prose, so that the vendor's rewording is no change. */
const changesSince = (before: OpenApiDocument, document: OpenApiDocument, structure: object): SpecChange[] =>
  compareSpecs(before, openDocument({ info: { title: "", version: "" }, ...structure }, document.source), {
    scope: "all",
  });

/** An action may bring to light what stood behind it; three rounds have been enough for all that was tried. */
const MOST_ROUNDS = 3;

/**
 * Whether a finding is evidence enough to change the document. A new field or value is one wherever it is seen. That a member
 * has another type, is null or is not there has to be seen twice, and in 2 % of the answers: else one spoilt answer would
 * loosen the types for good. A body that is no object at all is a fault of its server.
 */
function isSolid({ kind, count, share, place }: Finding): boolean {
  if (kind !== "type" && kind !== "null" && kind !== "missing") return true;
  return count >= 2 && share >= 0.02 && place !== "(root)" && place !== "";
}

const isBreakingFinding = ({ breaking, breaksClient }: Finding): boolean => breaking || breaksClient;

/** Places and facts: what the vendor says of a schema that is rewritten stays in the vendor's document. */
const withoutProse = (action: OverlayAction): OverlayAction => {
  const isMap = /(?:\.|\[['"])properties(?:['"]\])?$/.test(action.target);
  const update = action.update && strip(action.update, isMap);
  return { ...action, ...(isObject(update) && { update }) };
};

interface Learned {
  /** The document with the actions. */
  document: OpenApiDocument;
  appended: OverlayAction[];
  presence: Finding[];
  left: Finding[];
  samples: number;
  unusable: string[];
  /** What later answers are held against; absent where some input could not be used. */
  profile?: PresenceProfile;
}

/** What the answers ask of the document. */
async function learn(
  corrected: OpenApiDocument,
  presence: PresenceProfile | undefined,
  { answers, onStep = () => {} }: SyncOptions,
): Promise<Learned> {
  const appended: OverlayAction[] = [];
  let document = corrected;
  if (!answers) return { document, appended, presence: [], left: [], samples: 0, unusable: [] };
  for (let round = 1; ; round++) {
    onStep(round === 1 ? "checking answers" : "checking them again");
    const check = await openAnswersCheck({ schema: document, presence });
    await answers(check.sink);
    const report = check.sink.report();
    const suggested = suggestChanges(document, { ...report, findings: report.findings.filter(isSolid) });
    const actions = suggested.actions.map(withoutProse);
    if (actions.length === 0 || round > MOST_ROUNDS) {
      const { report: told, observer } = check.finish();
      // What the page tells is known from then on.
      const known = told.findings.map((finding) => ({ ...finding, accepted: true as const }));
      return {
        document,
        appended,
        presence: told.findings.filter(({ presenceOf }) => presenceOf !== undefined),
        left: report.findings,
        samples: report.samples,
        unusable: report.unusable.map(
          ({ source, line, message }) => `${source}${line === undefined ? "" : `:${line}`}: ${message}`,
        ),
        ...(presence && report.unusableCount === 0 && { profile: updatePresence(presence, observer, known) }),
      };
    }
    appended.push(...actions);
    const overlay = openOverlay({ ...suggested, actions }, "what the answers ask for");
    const { content } = applyOverlay(document.written, overlay);
    document = openDocument(content, document.source);
  }
}

async function tryProject(
  folder: string,
  document: OpenApiDocument,
  { typecheck, test, tryClient, serve, onStep = () => {}, signal }: SyncOptions,
): Promise<Pick<SyncResult, "types" | "test" | "client">> {
  const tried: Pick<SyncResult, "types" | "test" | "client"> = {};
  const command = typecheck === false ? undefined : (typecheck ?? (await typecheckCommand(folder)));
  if (command !== undefined) {
    onStep(`checking types: ${command}`);
    const { code, output } = await runCommand(command, folder, { signal });
    tried.types = { command, isGood: code === 0, problems: typeProblems(output), output };
  }
  if (tryClient) {
    onStep("asking tomorrow's server");
    tried.client = await withFile(document, (name) => tryClient(name, folder));
  }
  if (test !== undefined && serve) {
    onStep(`testing: ${test}`);
    const server = await serve(document);
    const env = { GROQ_BASE_URL: server.baseUrl, GROQ_API_KEY: "any" };
    try {
      tried.test = await runCommand(test, folder, { env, signal });
    } finally {
      await server.close();
    }
  }
  return tried;
}

async function withFile<T>(document: OpenApiDocument, use: (name: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "groq-provider-document-"));
  try {
    const name = join(folder, "document.json");
    await writeFile(name, JSON.stringify(document.written));
    return await use(name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether all is as it was, and as it should be. */
export const isSame = (result: SyncResult): boolean =>
  result.lastSeen !== undefined &&
  [
    result.changes,
    result.dead,
    result.needless,
    result.appended,
    result.presence,
    result.leftDrift,
    result.files,
  ].every((list) => list.length === 0) &&
  !isBroken(result);

/** Whether the project no longer compiles, fails its test, or could not read what the document allows. */
export const isBroken = ({ types, test, client, breaking }: SyncResult): boolean =>
  types?.isGood === false ||
  (test !== undefined && test.code !== 0) ||
  (client?.length ?? 0) > 0 ||
  breaking.length > 0;
