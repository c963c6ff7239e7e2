"""Makes a trainer for Assay out of two functions. One file, no dependencies, Python 3.9 or later; copy it freely.

    from assay_trainer import Answer, EpochRequest, PredictRequest, Trainer

    trainer = Trainer()

    @trainer.epoch
    def train(request: EpochRequest) -> dict:
        ...                                    # read request.train, write below request.checkpoint_out
        return {"train_loss": 0.3, "validation_accuracy": 0.9}

    @trainer.predict
    def predict(request: PredictRequest):
        for path in request.images:
            yield Answer(path, "a label")

    if __name__ == "__main__":
        trainer.main()

A function with `@trainer.features` makes the program a backbone of a probe: it yields the features of each image.

The contract is described in docs/trainers.md, version 1.
"""
from __future__ import annotations

import contextlib
import csv
import json
import math
import os
import struct
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, TextIO

CONTRACT = 1


@dataclass(frozen=True)
class Item:
    """What one answer belongs to: an image, or a question about one or more images."""

    path: str
    """The image; the first one if there are several."""
    id: str = ""
    """Empty for classification, which knows an item by its path."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Texts of the task's columns, such as `question`."""
    images: Sequence[str] = ()
    """All images in order, if an item has several."""


@dataclass(frozen=True)
class Example(Item):
    """An item with what is to be learned about it."""

    label: str = ""
    """For classification."""
    reference: Any = None
    """For other tasks: the correct answer as JSON values, such as a list of tags or a number."""


@dataclass(frozen=True)
class Answer:
    """The answer to an item. `scores` holds a number per label; `latency_ms` is measured by the caller."""

    path: str
    """The item's path. Where several items share an image, give `id`."""
    answer: Any
    """A label or a text; for tasks with structured answers any JSON value, such as a list of tags or a number."""
    latency_ms: Optional[float] = None
    scores: Mapping[str, float] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class EpochRequest:
    """One epoch to train."""

    epoch: int
    """Counts from 1."""
    seed: int
    hyperparameters: Dict[str, Any]
    labels: List[str]
    """All labels; for other tasks than classification, the names that references use."""
    train: List[Example]
    validation: List[Example]
    """Empty if the split has no validation part."""
    checkpoint_in: Optional[Path]
    """The folder that the previous epoch left; None for the first epoch."""
    checkpoint_out: Path
    """An empty folder for the checkpoint."""
    progress: Callable[[float, str], None]
    """Reports a share from 0 to 1 and a text."""
    task: Optional[Dict[str, Any]] = None
    """The name and the options of the task; None for classification."""


@dataclass(frozen=True)
class PredictRequest:
    """Images to predict."""

    seed: int
    hyperparameters: Dict[str, Any]
    labels: List[str]
    images: List[str]
    checkpoint_in: Path
    warmup: Optional[int]
    """Images to predict before the first measured one; None if no evaluation measures latency."""
    progress: Callable[[float, str], None]
    items: List[Item] = field(default_factory=list)
    """The items in order; for classification one per image."""
    task: Optional[Dict[str, Any]] = None


@dataclass(frozen=True)
class FeaturesRequest:
    """Images whose features a probe reads."""

    seed: int
    hyperparameters: Dict[str, Any]
    images: List[str]
    progress: Callable[[float, str], None]


def read_table(path: str) -> List[Dict[str, str]]:
    """The rows of a CSV file as dictionaries."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _item(row: Dict[str, str]) -> Dict[str, Any]:
    """The members of an item from a row of a table."""
    known = ("path", "id", "images", "label", "reference")
    return {
        "path": row["path"], "id": row.get("id", ""),
        "variables": {name: text for name, text in row.items() if name not in known},
        "images": json.loads(row["images"]) if row.get("images") else [],
    }


class Trainer:
    """A program that trains one epoch or predicts, as Assay asks."""

    def __init__(self) -> None:
        self._epoch: Optional[Callable[[EpochRequest], Mapping[str, float]]] = None
        self._predict: Optional[Callable[[PredictRequest], Iterable[Answer]]] = None
        self._features: Optional[Callable[[FeaturesRequest], Iterable[Sequence[float]]]] = None
        self._reply: TextIO = sys.stdout

    def epoch(self, function: Callable[[EpochRequest], Mapping[str, float]]):
        """Registers the function that trains one epoch and returns its metrics."""
        self._epoch = function
        return function

    def predict(self, function: Callable[[PredictRequest], Iterable[Answer]]):
        """Registers the function that yields an answer per image."""
        self._predict = function
        return function

    def features(self, function: Callable[[FeaturesRequest], Iterable[Sequence[float]]]):
        """Registers the function that yields the features of each image, in the order of the request."""
        self._features = function
        return function

    def main(self, arguments: Optional[List[str]] = None) -> None:
        """Handles the command line: `epoch REQUEST`, `predict REQUEST`, `features REQUEST` or `serve`."""
        words = sys.argv[1:] if arguments is None else arguments
        if len(words) == 2 and words[0] in ("epoch", "predict", "features"):
            self._perform(words[1])
        elif words == ["serve"]:
            self._serve()
        else:
            sys.exit(f"usage: {sys.argv[0]} epoch REQUEST | predict REQUEST | features REQUEST | serve")

    # Requests

    def _perform(self, path: str) -> None:
        with open(path, encoding="utf-8") as file:
            request = json.load(file)
        if request["contract"] != CONTRACT:
            raise ValueError(f"this trainer knows contract {CONTRACT}, not {request['contract']}")
        output = Path(request["output"])
        if request["action"] == "epoch":
            self._train(request, output)
        elif request["action"] == "features":
            self._extract(request, output)
        else:
            self._answer(request, output)

    def _train(self, request: Dict[str, Any], output: Path) -> None:
        if self._epoch is None:
            raise ValueError("no function is registered with @trainer.epoch")
        checkpoint = output / "checkpoint"
        checkpoint.mkdir()

        def examples(path: str) -> List[Example]:
            return [
                Example(
                    **_item(row), label=row.get("label", ""),
                    reference=json.loads(row["reference"]) if "reference" in row else None)
                for row in read_table(path)
            ]

        metrics = self._epoch(
            EpochRequest(
                epoch=request["epoch"], seed=request["seed"], hyperparameters=request["hyperparameters"],
                labels=request["labels"], train=examples(request["train"]),
                validation=examples(request["validation"]),
                checkpoint_in=Path(request["checkpoint"]) if request["checkpoint"] else None,
                checkpoint_out=checkpoint, progress=self._progress, task=request.get("task"),
            )
        )
        numbers = {name: _finite(value, name) for name, value in metrics.items() if value is not None}
        (output / "metrics.json").write_text(json.dumps(numbers, sort_keys=True), encoding="utf-8")

    def _answer(self, request: Dict[str, Any], output: Path) -> None:
        if self._predict is None:
            raise ValueError("no function is registered with @trainer.predict")
        items = [Item(**_item(row)) for row in read_table(request["table"])]
        images = [item.path for item in items]
        latency = request["latency"]
        start = time.perf_counter()
        answers = self._predict(
            PredictRequest(
                seed=request["seed"], hyperparameters=request["hyperparameters"], labels=request["labels"],
                images=images, checkpoint_in=Path(request["checkpoint"]),
                warmup=None if latency is None else latency["warmup"], progress=self._progress, items=items,
                task=request.get("task"),
            )
        )
        with open(output / "answers.jsonl", "w", encoding="utf-8") as file:
            for answer in answers:
                row: Dict[str, Any] = {"path": answer.path, "answer": answer.answer}
                if answer.id:
                    row["id"] = answer.id
                if answer.latency_ms is not None:
                    row["latency_ms"] = _finite(answer.latency_ms, f"latency_ms of {answer.path}")
                if answer.scores:
                    row["scores"] = {
                        label: _finite(score, f"the score of '{label}' for {answer.path}")
                        for label, score in answer.scores.items()
                    }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        seconds = max(time.perf_counter() - start, 1e-9)
        (output / "metrics.json").write_text(json.dumps({"images_per_second": len(images) / seconds}), encoding="utf-8")

    def _extract(self, request: Dict[str, Any], output: Path) -> None:
        if self._features is None:
            raise ValueError("no function is registered with @trainer.features")
        images = [row["path"] for row in read_table(request["table"])]
        rows = self._features(
            FeaturesRequest(
                seed=request["seed"], hyperparameters=request["hyperparameters"], images=images, progress=self._progress
            )
        )
        write_matrix(output / "features.npy", [[float(value) for value in row] for row in rows], len(images))

    # Protocol

    def _progress(self, share: float, text: str = "") -> None:
        self._send({"progress": float(share), "text": str(text)})

    def _send(self, message: Dict[str, Any]) -> None:
        self._reply.write(json.dumps(message) + "\n")
        self._reply.flush()

    def _serve(self) -> None:
        # Anything that a library prints must not mix with the replies.
        self._reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
        with contextlib.redirect_stdout(sys.stderr):
            os.dup2(2, 1)
            for line in _lines(sys.stdin):
                try:
                    self._perform(json.loads(line)["request"])
                except Exception as error:  # the next request may succeed
                    traceback.print_exc()
                    sys.stderr.flush()
                    self._send({"error": f"{type(error).__name__}: {error}"})
                else:
                    self._send({"done": True})


def _finite(value: Any, name: str) -> float:
    """The value as a number that JSON can express, so not NaN, as after a loss that diverged."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} is {number}; a finite number is needed")
    return number


def write_matrix(path: Path, rows: List[List[float]], count: int) -> None:
    """Writes `count` rows of 32-bit floats in NumPy's file format."""
    width = len(rows[0]) if rows else 0
    if len(rows) != count or any(len(row) != width for row in rows):
        raise ValueError(f"{len(rows)} rows of features for {count} images; every image needs a row of the same length")
    if not all(math.isfinite(value) for row in rows for value in row):
        raise ValueError("a feature is not a finite number")
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {width}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode("ascii"))
        for row in rows:
            file.write(struct.pack(f"<{width}f", *row))


def _lines(stream: TextIO) -> Iterator[str]:
    # Iterating over a stream would read ahead and delay a request.
    while line := stream.readline():
        if line.strip():
            yield line
