"""A linear classifier of scikit-learn on features that are not trained: colours and edges of a small version."""
import sys
import time
from pathlib import Path

import joblib
import numpy as np
from PIL import Image
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).parent))
from assay_trainer import Answer, EpochRequest, PredictRequest, Trainer

trainer = Trainer()
known: dict = {}


def features(path: str) -> np.ndarray:
    """Colours of a 12 x 12 version and magnitudes of its edges. Kept, so that a long-lived process reads a file once."""
    if path not in known:
        with Image.open(path) as image:
            small = np.asarray(image.convert("RGB").resize((12, 12)), dtype=np.float64) / 255
        grey = small.mean(axis=2)
        known[path] = np.concatenate([small.ravel(), np.abs(np.diff(grey, axis=0)).ravel(), np.abs(np.diff(grey, axis=1)).ravel()])
    return known[path]


def table(examples):
    return np.array([features(e.path) for e in examples]), np.array([e.label for e in examples])


@trainer.epoch
def train(request: EpochRequest):
    x, y = table(request.train)
    if request.checkpoint_in:
        scaler, model = joblib.load(request.checkpoint_in / "model.joblib")
    else:
        scaler = StandardScaler().fit(x)
        model = SGDClassifier(
            loss="log_loss", alpha=request.hyperparameters["alpha"], random_state=request.seed, learning_rate="constant",
            eta0=request.hyperparameters["learning_rate"],
        )
    order = np.random.default_rng([request.seed, request.epoch]).permutation(len(x))
    model.partial_fit(scaler.transform(x[order]), y[order], classes=np.array(request.labels))
    joblib.dump((scaler, model), request.checkpoint_out / "model.joblib")
    metrics = {}
    for name, examples in (("train", request.train), ("validation", request.validation)):
        if examples:
            x, y = table(examples)
            shares = model.predict_proba(scaler.transform(x))
            metrics[f"{name}_loss"] = log_loss(y, shares, labels=model.classes_)
            metrics[f"{name}_accuracy"] = (model.classes_[shares.argmax(axis=1)] == y).mean()
    return metrics


@trainer.predict
def predict(request: PredictRequest):
    scaler, model = joblib.load(request.checkpoint_in / "model.joblib")

    def answer(path: str):
        return model.predict_proba(scaler.transform(features(path)[None]))[0]

    for path in request.images[: request.warmup or 0]:
        answer(path)
    for path in request.images:
        known.pop(path, None)  # reading the image is part of its latency
        start = time.perf_counter()
        shares = answer(path)
        milliseconds = (time.perf_counter() - start) * 1000
        yield Answer(path, str(model.classes_[shares.argmax()]), milliseconds, dict(zip(map(str, model.classes_), shares)))


if __name__ == "__main__":
    trainer.main()
