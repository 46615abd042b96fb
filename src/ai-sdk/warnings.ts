/** What a call asks for and this library or the service can't do: told once, never dropped in silence. */
import type { SharedV3Warning } from "@ai-sdk/provider";

export class Warnings {
  readonly list: SharedV3Warning[] = [];
  readonly #told = new Set<string>();

  /** Left out. */
  unsupported(feature: string, details?: string): void {
    this.#tell({ type: "unsupported", feature, ...(details !== undefined && { details }) });
  }

  /** Done in another way than asked. */
  compatibility(feature: string, details: string): void {
    this.#tell({ type: "compatibility", feature, details });
  }

  /** A long conversation may give one cause many times over. */
  #tell(warning: SharedV3Warning): void {
    const text = JSON.stringify(warning);
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.list.push(warning);
  }
}
