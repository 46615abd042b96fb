/**
 * npm run docs:reference -- [--check]: the reference of all that the package exports, as pages in reference/. With --check it
 * writes none. Either way it fails where a name has no words, or a link leads nowhere.
 */
import { Application, OptionDefaults, type ProjectReflection, ReflectionKind, TSConfigReader } from "typedoc";
import { libraries } from "./bundles.ts";

const check = process.argv.includes("--check");
const app = await Application.bootstrap(
  {
    name: "groq-provider",
    // The two exchanges are no entry points of the package's users.
    entryPoints: Object.entries(libraries).flatMap(([name, file]) =>
      name.startsWith("default-exchange") ? [] : [file],
    ),
    out: "reference",
    readme: "none",
    excludeInternal: true,
    // `npm run typecheck` does that.
    skipErrorChecking: true,
    validation: { notDocumented: true, notExported: false, invalidLink: true },
    // openapi-typescript writes what the document says as @description, the generator what the wire showed as @observed.
    blockTags: [...OptionDefaults.blockTags, "@description", "@observed"],
  },
  [new TSConfigReader()],
);
const project = await app.convert();
if (!project) process.exit(1);
app.options.setValue("intentionallyNotDocumented", [...new Set(labelsWithoutWords(project))]);
const before = app.logger.warningCount;
app.validate(project);
if (!check) await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.warningCount > before) process.exitCode = 1;

/** `type: "text"` tells which member of a union this is, and needs no words. */
function labelsWithoutWords(project: ProjectReflection): string[] {
  return project
    .getReflectionsByKind(ReflectionKind.Property)
    .filter((member) => member.isDeclaration() && member.type?.type === "literal" && !member.hasComment())
    .map((member) => member.getFullName());
}
