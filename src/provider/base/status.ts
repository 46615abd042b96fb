/** What a server of one's own answers when a call fails. */
import { LlmError, type LlmErrorKind } from "./error.ts";
import { invalidRequest, kindOf } from "./values.ts";

type Status = 400 | 408 | 413 | 429 | 500 | 501 | 502 | 503 | 504;

const STATUS = {
  InvalidRequest: 400,
  ContextLengthExceeded: 413,
  RequestTooLarge: 413,
  RateLimitExceeded: 429,
  Cancelled: 408,
  // The application's own matters: its users can't mend them, and need not know.
  ConfigError: 500,
  Authentication: 500,
  QuotaExceeded: 500,
  PermissionDenied: 500,
  ModelNotFound: 500,
  ToolFailed: 500,
  UnsupportedEndpoint: 501,
  NotSupported: 501,
  NotImplemented: 501,
  ProviderError: 502,
  InvalidResponse: 502,
  GenerationFailed: 502,
  ModelPullFailed: 502,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const satisfies Record<LlmErrorKind, Status>;

/**
 * The HTTP status with which a web server answers its own user when a call failed: 4xx where the user can do something,
 * 5xx where not. Put `retryAfterMs` into `retry-after` beside it, and only `kind` into the body: messages are for logs.
 *
 * Throws `InvalidRequest` for what is no `LlmError`.
 */
export function statusOf(error: LlmError): Status {
  if (!LlmError.is(error)) throw invalidRequest("error", `expected an LlmError, got ${kindOf(error)}`);
  return STATUS[error.kind];
}
