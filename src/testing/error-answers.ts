/** Errors in the shape of the wire. */
import { type Answer, jsonAnswer } from "./answer.ts";
import { decommissioned } from "./models.ts";
import type { ErrorReply } from "./reply.ts";

export function unknownModel(id: string): Answer {
  return decommissioned.has(id)
    ? errorAnswer({
        status: 400,
        message: `The model \`${id}\` has been decommissioned and is no longer supported.`,
        code: "model_decommissioned",
      })
    : errorAnswer({
        status: 404,
        message: `The model \`${id}\` does not exist or you do not have access to it.`,
        code: "model_not_found",
      });
}

export function errorAnswer(error: ErrorReply["error"]): Answer {
  const { status, message, type = "invalid_request_error", code, param, failedGeneration, headers } = error;
  const body = {
    error: {
      message,
      type,
      ...(code !== undefined && { code }),
      ...(param !== undefined && { param }),
      ...(failedGeneration !== undefined && { failed_generation: failedGeneration }),
    },
  };
  return jsonAnswer(status, body, headers);
}
