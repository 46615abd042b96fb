/** The TypeScript of pages, as its readers' own compiler sees it: strict, and against the package's declared entry points. */
import ts from "typescript";
import { libraries } from "../../scripts/bundles.ts";
import { type Block, root } from "./pages.ts";

const entryPoints = Object.entries(libraries).map(([name, file]): [string, string[]] => [
  name === "index" ? "groq-provider" : `groq-provider/${name.replace("drift-", "drift/")}`,
  [`./${file}`],
]);

/** What the compiler says of the blocks, one line each, beginning with the page and the line. */
export function typeProblems(blocks: readonly Block[]): string[] {
  const files = new Map(
    blocks.map((block, index) => {
      const before = block.given === "" ? [] : block.given.split("\n");
      const text = [...before, block.code, "export {};"].join("\n");
      return [`${root}${block.file ?? `examples/block-${index}.ts`}`, { block, before: before.length, text }];
    }),
  );
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const checked: ts.CompilerOptions = {
    ...options,
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: Object.fromEntries(entryPoints),
  };
  const host = ts.createCompilerHost(checked);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, language, ...rest) => {
    const file = files.get(name);
    return file ? ts.createSourceFile(name, file.text, language) : getSourceFile(name, language, ...rest);
  };
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (name) => files.has(name) || fileExists(name);
  const program = ts.createProgram([...files.keys()], checked, host);
  return [...files].flatMap(([name, { block, before }]) => {
    const source = program.getSourceFile(name);
    return ts.getPreEmitDiagnostics(program, source).map(({ messageText, start = 0 }) => {
      const line = source?.getLineAndCharacterOfPosition(start).line ?? 0;
      return `${block.page}:${block.line + line - before}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
  });
}
