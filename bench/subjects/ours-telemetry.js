/** Ours with the telemetry of `groq-provider/telemetry`, where nobody has registered an SDK. */
import { createTelemetry } from "groq-provider/telemetry";
import * as ours from "./ours.js";

export function create(options) {
  const telemetry = createTelemetry();
  return ours.create({ ...options, dependencies: { layers: telemetry, onEvent: telemetry.onEvent } });
}
