/** What a `ModelConfig` is. Validation and reading from YAML follow. */
import type { LimitWindow } from "./rate-limit.ts";
import type { EndpointType } from "./types.ts";

/** Placeholder for the shape in work; replaced by the adapter's author. */
export interface ModelConfig {
  name: string;
  provider: string;
  model: string;
  supported_endpoints: EndpointType[];
  config: { api_key: string; base_url?: string };
  limit?: LimitWindow[];
}
