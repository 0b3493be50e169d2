// The messages of package `inference` as objects: names as in the .proto, what was not sent at its default.

/** 64 bits, as protobufjs reads them. */
export interface Long { toNumber(): number; toString(): string }

export interface InferParameter { bool_param?: boolean; int64_param?: Long | number; string_param?: string; double_param?: number; uint64_param?: Long | number }
/** null: a name without a value. */
export type InferParameters = Record<string, InferParameter | null>

export interface InferTensorContents {
  bool_contents?: boolean[]
  int_contents?: number[]
  int64_contents?: (Long | number)[]
  uint_contents?: number[]
  uint64_contents?: (Long | number)[]
  fp32_contents?: number[]
  fp64_contents?: number[]
  bytes_contents?: Uint8Array[]
}

export interface InferTensor { name: string; datatype: string; shape: (Long | number)[]; parameters?: InferParameters; contents?: InferTensorContents | null }

export interface ModelInferRequest {
  model_name: string
  model_version: string
  id: string
  parameters: InferParameters
  inputs: InferTensor[]
  outputs: { name: string; parameters?: InferParameters }[]
  raw_input_contents: Uint8Array[]
}

export interface ModelInferResponse {
  model_name: string
  model_version: string
  id: string
  parameters: InferParameters
  outputs: InferTensor[]
  raw_output_contents: Uint8Array[]
}

export interface ModelStreamInferResponse { error_message?: string; infer_response?: Partial<ModelInferResponse> }

/** A model and its version; an empty version is the one that serves. */
export interface ModelRequest { name: string; version: string }
