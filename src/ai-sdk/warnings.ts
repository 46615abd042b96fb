/** What a call asks for and this library or the service can't do: told, never dropped in silence. */
import type { SharedV3Warning } from "@ai-sdk/provider";

export class Warnings {
  readonly list: SharedV3Warning[] = [];

  /** Left out. */
  unsupported(feature: string, details?: string): void {
    this.list.push({ type: "unsupported", feature, ...(details !== undefined && { details }) });
  }

  /** Done in another way than asked. */
  compatibility(feature: string, details: string): void {
    this.list.push({ type: "compatibility", feature, details });
  }
}
