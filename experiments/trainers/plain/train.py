"""Softmax regression on small pictures with NumPy: the smallest trainer that learns."""
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
from assay_trainer import Answer, EpochRequest, PredictRequest, Trainer

trainer = Trainer()


def pixels(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((16, 16)), dtype=np.float64).ravel() / 255 - 0.5


def shares(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    z = np.column_stack([x, np.ones(len(x))]) @ w
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def measure(examples, labels, w):
    p = shares(np.array([pixels(e.path) for e in examples]), w)
    y = np.array([labels.index(e.label) for e in examples])
    return -np.log(p[np.arange(len(y)), y] + 1e-12).mean(), (p.argmax(axis=1) == y).mean()


@trainer.epoch
def train(request: EpochRequest):
    rate, size = request.hyperparameters["learning_rate"], request.hyperparameters["batch_size"]
    x = np.array([pixels(e.path) for e in request.train])
    y = np.eye(len(request.labels))[[request.labels.index(e.label) for e in request.train]]
    if request.checkpoint_in:
        w = np.load(request.checkpoint_in / "weights.npy")
    else:
        w = np.zeros((x.shape[1] + 1, len(request.labels)))
    order = np.random.default_rng([request.seed, request.epoch]).permutation(len(x))
    for start in range(0, len(x), size):
        batch = order[start : start + size]
        gradient = np.column_stack([x[batch], np.ones(len(batch))]).T @ (shares(x[batch], w) - y[batch])
        w -= rate * gradient / len(batch)
        request.progress(start / len(x), f"image {start} of {len(x)}")
    np.save(request.checkpoint_out / "weights.npy", w)
    loss, accuracy = measure(request.train, request.labels, w)
    metrics = {"learning_rate": rate, "train_loss": loss, "train_accuracy": accuracy}
    if request.validation:
        metrics["validation_loss"], metrics["validation_accuracy"] = measure(request.validation, request.labels, w)
    return metrics


@trainer.predict
def predict(request: PredictRequest):
    w = np.load(request.checkpoint_in / "weights.npy")
    for path in request.images[: request.warmup or 0]:
        shares(pixels(path)[None], w)
    for path in request.images:
        start = time.perf_counter()
        p = shares(pixels(path)[None], w)[0]
        milliseconds = (time.perf_counter() - start) * 1000
        yield Answer(path, request.labels[p.argmax()], milliseconds, dict(zip(request.labels, p)))


if __name__ == "__main__":
    trainer.main()
