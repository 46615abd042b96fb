/** What applications import as `groq-provider/api`: a document's own fields, answers and operations. */
export type { Input, Label, Output } from "./operation-types.ts";
export {
  type OperationAnswer,
  type OperationFacts,
  type OperationInput,
  type OperationOptions,
  type Sender,
  sendOperation,
} from "./request.ts";
export {
  type AnswerProblem,
  type Api,
  type ApiProvider,
  type ExtraOf,
  type RawOf,
  withApi,
} from "./with-api.ts";
