"""A model with the inputs and outputs of the one that Slipway serves in this suite."""

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput


class LateOrder(MLModel):
    async def load(self) -> bool:
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        items = next(NumpyCodec.decode_input(i) for i in payload.inputs if i.name == "items").ravel()
        output = items / 10
        return InferenceResponse(
            id=payload.id, model_name=self.name, model_version=self.version,
            outputs=[
                ResponseOutput(name="output", datatype="FP64", shape=[len(output)], data=output.tolist()),
                ResponseOutput(name="decision", datatype="BOOL", shape=[len(output)], data=(output > 0.5).tolist()),
            ],
        )
