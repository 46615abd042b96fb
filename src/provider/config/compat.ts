/** The service of a configuration: the one it names, or that its address tells, with the differences that it lists. */
import { serviceAt } from "../services/index.ts";
import { openAiCompatible, type ServiceProfile } from "../services/service-profile.ts";
import { type Fields, milliseconds, type Read, whole } from "./fields.ts";

/** `limit_periods` of `compat`. */
export const limitPeriodFields = {
  requests: milliseconds,
  tokens: milliseconds,
} as const satisfies Fields;

/** `compat` of `config`. */
export const compatFields = {
  label: { kind: "text" },
  endpoints: { kind: "choices", of: ["chat", "completion", "embedding"] },
  max_choices: whole(1),
  closed_requests: { kind: "flag" },
  refused_fields: { kind: "texts" },
  renamed_fields: { kind: "names" },
  max_tokens_field: { kind: "choice", of: ["max_completion_tokens", "max_tokens"] },
  structured_output: { kind: "choice", of: ["json_schema", "json_object"] },
  schema_beside_tools: { kind: "flag" },
  reasoning_field: {
    kind: "choice",
    of: ["reasoning", "reasoning_content", "thinking", "as_received", "none"],
  },
  reasoning_request: { kind: "choice", of: ["effort", "nested"] },
  content_beside_calls: { kind: "choice", of: ["omitted", "empty"] },
  developer_role: { kind: "choice", of: ["developer", "system"] },
  message_names: { kind: "flag" },
  vendor_fields: { kind: "choices", of: ["reasoning_details", "extra_content", "thought_signature"] },
  stream_usage: { kind: "flag" },
  finish_reason: { kind: "choice", of: ["required", "optional"] },
  auth: { kind: "choice", of: ["bearer", "api-key"] },
  limit_periods: { kind: "mapping", fields: limitPeriodFields },
} as const satisfies Fields;

type Compat = Read<typeof compatFields>;

export function resolveService(
  named: ServiceProfile,
  baseUrl: string,
  compat: Compat | undefined,
): ServiceProfile {
  // A name says more than an address, which may be a proxy's.
  const known = named.provider === openAiCompatible.provider ? serviceAt(baseUrl) : undefined;
  return withCompat(known ? { ...known, provider: named.provider } : named, compat);
}

function withCompat(service: ServiceProfile, compat: Compat | undefined): ServiceProfile {
  if (!compat) return service;
  const { requests, tokens } = compat.limit_periods ?? {};
  const changes: { [Key in keyof ServiceProfile]?: ServiceProfile[Key] | undefined } = {
    label: compat.label,
    endpoints: compat.endpoints,
    maxChoices: compat.max_choices,
    closedRequests: compat.closed_requests,
    refusedFields:
      typeof compat.refused_fields === "string" ? [compat.refused_fields] : compat.refused_fields,
    renamedFields: compat.renamed_fields,
    maxTokensField: compat.max_tokens_field,
    structuredOutput: compat.structured_output,
    schemaBesideTools: compat.schema_beside_tools,
    reasoningField: compat.reasoning_field,
    reasoningRequest: compat.reasoning_request,
    contentBesideCalls: compat.content_beside_calls,
    developerRole: compat.developer_role,
    messageNames: compat.message_names,
    vendorFields: compat.vendor_fields,
    streamUsage: compat.stream_usage,
    finishReason: compat.finish_reason,
    auth: compat.auth,
    limitPeriods: compat.limit_periods && {
      ...service.limitPeriods,
      ...(requests !== undefined && { requests }),
      ...(tokens !== undefined && { tokens }),
    },
  };
  const told = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...service, ...Object.fromEntries(told) };
}
