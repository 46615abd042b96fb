import { main } from "../../src/cli/main.ts";

export interface Run {
  code: number;
  out: string;
  err: string;
}

async function* lines(text: string) {
  yield text;
}

/** Runs the command in this process, with its own standard streams and environment. */
export async function run(
  args: readonly string[],
  {
    stdin = "",
    env = {},
    isTTY = false,
  }: { stdin?: string; env?: Record<string, string>; isTTY?: boolean } = {},
): Promise<Run> {
  const written = { out: "", err: "" };
  const output = (name: "out" | "err") => ({
    isTTY,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const input = Object.assign(lines(stdin), { isTTY: stdin === "" });
  const code = await main(args, { stdin: input, stdout: output("out"), stderr: output("err"), env });
  return { code, ...written };
}
