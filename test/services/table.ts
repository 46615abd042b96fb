/** Service × column as a table. */
import { services } from "../../src/provider/services/index.ts";
import { columns } from "./columns.ts";
import { fixtures } from "./fixtures/index.ts";

export interface Row {
  service: string;
  evidence: string;
  /** By column: what stands in the table. */
  cells: Map<string, string>;
  /** By column: why it does not work. */
  faults: Map<string, string>;
}

export async function tryAll(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const fixture of fixtures) {
    const cells = new Map<string, string>();
    const faults = new Map<string, string>();
    for (const [name, column] of Object.entries(columns)) {
      try {
        const cell = await column(fixture);
        cells.set(name, typeof cell === "string" ? cell : "yes");
      } catch (error) {
        cells.set(name, "**no**");
        faults.set(name, String(error));
      }
    }
    rows.push({ service: fixture.service, evidence: fixture.evidence, cells, faults });
  }
  return rows;
}

export function toMarkdown(rows: readonly Row[]): string {
  const names = Object.keys(columns);
  const lines = [
    ["`provider`", "limit field", "reasoning goes back in", ...names, "rests on"],
    Array.from({ length: names.length + 4 }, () => "---"),
    ...rows.map(({ service, evidence, cells }) => {
      const { maxTokensField, reasoningField } = services.get(service) ?? {};
      return [
        `\`${service}\``,
        `\`${maxTokensField}\``,
        reasoningWord(reasoningField),
        ...names.map((name) => cells.get(name) ?? ""),
        evidence,
      ];
    }),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function reasoningWord(field: string | undefined): string {
  if (field === "none") return "–";
  if (field === "as_received") return "where it came from";
  return field === "thinking" ? "`thinking` parts" : `\`${field}\``;
}
