// ModelInfer and ModelStreamInfer over the inference that all faces share: every prediction is journaled before it is answered.
import { formatActor } from '../../core/actor.ts'
import { refuse } from '../inference/refusal.ts'
import type { Inference } from '../open-inference/inference.ts'
import { toSlipwayError } from '../problems.ts'
import type { InferParameter, ModelInferRequest, ModelInferResponse, ModelStreamInferResponse } from './messages.ts'
import type { CallContext, Incoming, Replies } from './method.ts'
import { errorText } from './status.ts'
import { readInputs, writeOutputs } from './tensors.ts'

/** Requests of one stream at work at a time. They are answered in the order in which they came. */
const MOST_AT_WORK = 32

/** @throws SlipwayError as the inference does. */
export async function inferModel(inference: Inference, request: ModelInferRequest, { principal }: CallContext): Promise<ModelInferResponse> {
  const { model_name: model, model_version: version, id, parameters, outputs, raw_input_contents: raw } = request
  if (id.length > 1_000) throw refuse('id', 'must be text of 1,000 characters at most', 'wrong_type')
  const key = parameters.idempotency_key
  if (key !== undefined && parameterChoice(key) !== 'string_param') throw refuse('parameters.idempotency_key', 'must be text', 'wrong_type')
  const answer = await inference.infer({
    model, version, id: id === '' ? undefined : id, inputs: readInputs(request), outputs: outputs.length === 0 ? undefined : outputs.map(o => o.name),
    caller: formatActor(principal.actor), idempotencyKey: key?.string_param,
  })
  return {
    model_name: answer.model, model_version: answer.version, id: answer.id,
    parameters: Object.fromEntries(Object.entries(answer.parameters).map(([name, text]) => [name, { string_param: text }])),
    ...writeOutputs(answer.outputs, raw.length > 0),
  }
}

/** What fails is told in its place, with the id of its request; the stream goes on. */
export async function inferStream(inference: Inference, requests: Incoming<ModelInferRequest>, replies: Replies<ModelStreamInferResponse>, call: CallContext): Promise<void> {
  const atWork: Promise<ModelStreamInferResponse>[] = []
  let last: Promise<void> = Promise.resolve()
  for await (const item of requests) {
    const answer = 'error' in item ? Promise.resolve(failed(item.error, '')) : answerOne(inference, item.message, call)
    atWork.push(answer)
    last = last.then(async () => {
      await replies.send(await answer)
      atWork.shift()
    })
    if (atWork.length >= MOST_AT_WORK) await last
  }
  await last
}

async function answerOne(inference: Inference, message: ModelInferRequest, call: CallContext): Promise<ModelStreamInferResponse> {
  try {
    const response = await inferModel(inference, message, call)
    // Asked for by clients of models that may answer one request many times; here each answer is the last one.
    if (message.parameters.triton_enable_empty_final_response?.bool_param === true) response.parameters.triton_final_response = { bool_param: true }
    return { infer_response: response }
  } catch (error) { return failed(error, message.id) }
}

function failed(error: unknown, id: string): ModelStreamInferResponse {
  return { error_message: errorText(toSlipwayError(error)), infer_response: { id } }
}

/** Which kind of value a parameter has; one that came without is null. */
function parameterChoice(parameter: InferParameter | null): string | undefined { return (parameter as { parameter_choice?: string } | null)?.parameter_choice }
