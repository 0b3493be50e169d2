"""The same model behind BentoML. MODEL names its file."""

import os

import bentoml
import lightgbm
import numpy as np


@bentoml.service(workers=1)
class Bench:
    def __init__(self) -> None:
        self.model = lightgbm.Booster(model_file=os.environ["MODEL"])

    @bentoml.api
    def predict(self, rows: list[list[float]]) -> list[float]:
        return self.model.predict(np.asarray(rows), num_threads=1).tolist()
