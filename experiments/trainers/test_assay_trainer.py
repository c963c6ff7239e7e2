"""Tests of assay_trainer.py: what it leaves for each request, alone and as a long-lived process."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

import assay_trainer
from assay_trainer import Answer, EpochRequest, FeaturesRequest, PredictRequest, Trainer

PROGRAM = '''
import sys
sys.path.insert(0, {folder!r})
from assay_trainer import Answer, Trainer

trainer = Trainer()

@trainer.epoch
def train(request):
    print("noise on standard output")
    if request.hyperparameters.get("fail"):
        raise RuntimeError("no such luck")
    before = (request.checkpoint_in / "n").read_text() if request.checkpoint_in else ""
    (request.checkpoint_out / "n").write_text(before + str(request.epoch))
    request.progress(0.5, "half")
    return {{"train_loss": 0.25, "validation_accuracy": None}}

@trainer.predict
def predict(request):
    for path in request.images:
        yield Answer(path, "a", 1.5, {{"a": 1, "b": 0}})

@trainer.features
def features(request):
    for index, path in enumerate(request.images):
        yield [len(path), index, request.hyperparameters.get("value", 0.5)]

trainer.main()
'''


def epoch(folder: Path, number: int, checkpoint=None, **hyperparameters) -> Path:
    output = folder / f"out-{number}"
    output.mkdir()
    for name in ("train", "validation"):
        (folder / f"{name}.csv").write_text('path,label\n"/a, b.png",a\n/c.png,b\n')
    request = folder / f"request-{number}.json"
    request.write_text(json.dumps({
        "contract": 1, "action": "epoch", "epoch": number, "seed": 7, "hyperparameters": hyperparameters,
        "labels": ["a", "b"], "train": str(folder / "train.csv"), "validation": str(folder / "validation.csv"),
        "checkpoint": checkpoint and str(checkpoint), "output": str(output),
    }))
    return request


def prediction(folder: Path, checkpoint: Path, latency=None) -> Path:
    output = folder / "out-predict"
    output.mkdir()
    (folder / "predict.csv").write_text('path\n"/a, b.png"\n/ü.png\n', encoding="utf-8")
    request = folder / "request-predict.json"
    request.write_text(json.dumps({
        "contract": 1, "action": "predict", "seed": 7, "hyperparameters": {}, "labels": ["a", "b"],
        "table": str(folder / "predict.csv"), "checkpoint": str(checkpoint), "latency": latency, "output": str(output),
    }))
    return request


def features(folder: Path, **hyperparameters) -> Path:
    output = folder / "out-features"
    output.mkdir()
    (folder / "features.csv").write_text('path\n"/a, b.png"\n/c.png\n', encoding="utf-8")
    request = folder / "request-features.json"
    request.write_text(json.dumps({
        "contract": 1, "action": "features", "seed": 7, "hyperparameters": hyperparameters, "labels": ["a", "b"],
        "table": str(folder / "features.csv"), "checkpoint": None, "output": str(output),
    }))
    return request


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(folder=str(Path(assay_trainer.__file__).parent)))
    return path


def start(program: Path, *words: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(program), *words], capture_output=True, text=True, **options)


def test_an_epoch_leaves_checkpoint_and_metrics(program, tmp_path):
    done = start(program, "epoch", str(epoch(tmp_path, 1)))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out-1/checkpoint/n").read_text() == "1"
    assert json.loads((tmp_path / "out-1/metrics.json").read_text()) == {"train_loss": 0.25}
    assert {"progress": 0.5, "text": "half"} in [json.loads(l) for l in done.stdout.splitlines() if l.startswith("{")]


def test_an_epoch_continues_from_the_one_before(program, tmp_path):
    start(program, "epoch", str(epoch(tmp_path, 1)))
    done = start(program, "epoch", str(epoch(tmp_path, 2, tmp_path / "out-1/checkpoint")))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out-2/checkpoint/n").read_text() == "12"


def test_a_prediction_leaves_answers(program, tmp_path):
    start(program, "epoch", str(epoch(tmp_path, 1)))
    done = start(program, "predict", str(prediction(tmp_path, tmp_path / "out-1/checkpoint", {"warmup": 1})))
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "out-predict/answers.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows == [
        {"path": "/a, b.png", "answer": "a", "latency_ms": 1.5, "scores": {"a": 1.0, "b": 0.0}},
        {"path": "/ü.png", "answer": "a", "latency_ms": 1.5, "scores": {"a": 1.0, "b": 0.0}},
    ]
    assert json.loads((tmp_path / "out-predict/metrics.json").read_text())["images_per_second"] > 0


@pytest.mark.parametrize("action, body, reason", [
    ("epoch", "return {'train_loss': float('nan')}", "train_loss is nan; a finite number is needed"),
    ("epoch", "return {'train_loss': 1, 'extra': float('-inf')}", "extra is -inf; a finite number is needed"),
    ("predict", "yield Answer(request.images[0], 'a', scores={'a': float('nan')})", "the score of 'a' for /a, b.png is nan"),
    ("predict", "yield Answer(request.images[0], 'a', float('inf'))", "latency_ms of /a, b.png is inf"),
])
def test_numbers_that_json_cannot_express_are_named(tmp_path, action, body, reason):
    program = tmp_path / "wrong.py"
    program.write_text(
        f"import sys\nsys.path.insert(0, {str(Path(assay_trainer.__file__).parent)!r})\n"
        f"from assay_trainer import Answer, Trainer\ntrainer = Trainer()\n"
        f"@trainer.{action}\ndef perform(request):\n    {body}\ntrainer.main()\n")
    request = epoch(tmp_path, 1) if action == "epoch" else prediction(tmp_path, tmp_path, None)
    done = start(program, action, str(request))
    assert done.returncode == 1 and reason in done.stderr


def test_progress_takes_any_number(tmp_path):
    class Number:
        def __float__(self):
            return 0.5

    sent = []
    trainer = assay_trainer.Trainer()
    trainer._send = sent.append
    trainer._progress(Number(), "half")
    assert json.loads(json.dumps(sent)) == [{"progress": 0.5, "text": "half"}]


def test_features_are_a_matrix_that_numpy_reads(program, tmp_path):
    numpy = pytest.importorskip("numpy")
    done = start(program, "features", str(features(tmp_path)))
    assert done.returncode == 0, done.stderr
    matrix = numpy.load(tmp_path / "out-features/features.npy")
    assert matrix.dtype == numpy.float32 and matrix.tolist() == [[9.0, 0.0, 0.5], [6.0, 1.0, 0.5]]


@pytest.mark.parametrize("rows, reason", [
    ([[1.0]], "1 rows of features for 2 images"),
    ([[1.0], [1.0, 2.0]], "every image needs a row of the same length"),
    ([[1.0], [float("nan")]], "not a finite number"),
])
def test_wrong_features_are_refused(tmp_path, rows, reason):
    trainer = Trainer()
    trainer.features(lambda request: rows)
    with pytest.raises(ValueError, match=reason):
        trainer.main(["features", str(features(tmp_path))])
    assert not (tmp_path / "out-features/features.npy").exists()


def test_a_long_lived_process_survives_an_error(program, tmp_path):
    requests = [epoch(tmp_path, 1, fail=True), epoch(tmp_path, 2)]
    lines = "".join(json.dumps({"request": str(path)}) + "\n" for path in requests)
    done = start(program, "serve", input=lines)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"error": "RuntimeError: no such luck"}, {"progress": 0.5, "text": "half"}, {"done": True},
    ], "what libraries print does not mix with the replies"
    assert "noise on standard output" in done.stderr
    assert "RuntimeError: no such luck" in done.stderr


@pytest.mark.parametrize("words", [(), ("epoch",), ("train", "x"), ("features",), ("serve", "x")])
def test_other_words_are_refused(program, words):
    done = start(program, *words)
    assert done.returncode != 0 and "usage:" in done.stderr


def test_another_contract_is_refused(program, tmp_path):
    request = epoch(tmp_path, 1)
    request.write_text(request.read_text().replace('"contract": 1', '"contract": 2'))
    done = start(program, "epoch", str(request))
    assert done.returncode != 0 and "contract 1, not 2" in done.stderr


def test_a_trainer_without_functions_says_so(tmp_path):
    with pytest.raises(ValueError, match="@trainer.epoch"):
        Trainer().main(["epoch", str(epoch(tmp_path, 1))])
    with pytest.raises(ValueError, match="@trainer.predict"):
        Trainer().main(["predict", str(prediction(tmp_path, tmp_path))])
    with pytest.raises(ValueError, match="@trainer.features"):
        Trainer().main(["features", str(features(tmp_path))])


def test_requests_are_typed():
    assert EpochRequest.__annotations__["train"] == "List[Example]"
    assert PredictRequest.__annotations__["images"] == "List[str]"
    assert FeaturesRequest.__annotations__["images"] == "List[str]"
    assert Answer("p", "a").scores == {}


def test_items_of_a_task(tmp_path):
    """Tables of items have ids, variables and references, and answers may be any JSON value."""
    seen = {}
    trainer = Trainer()

    @trainer.epoch
    def train(request: EpochRequest):
        seen["train"] = request.train
        seen["task"] = request.task
        return {"train_loss": 1.0}

    @trainer.predict
    def predict(request: PredictRequest):
        for item in request.items:
            yield Answer(item.path, ["a", item.variables["question"]], id=item.id)

    trained = epoch(tmp_path, 1)
    (tmp_path / "train.csv").write_text('path,id,images,question,reference\n/a.png,q1,"[""/a.png"",""/b.png""]",How?,"[""x""]"\n')
    request = json.loads(trained.read_text())
    request["task"] = {"name": "tag", "options": {"labels": ["x", "y"]}}
    trained.write_text(json.dumps(request))
    trainer.main(["epoch", str(trained)])
    example = seen["train"][0]
    assert (example.path, example.id, example.images, example.reference) == ("/a.png", "q1", ["/a.png", "/b.png"], ["x"])
    assert example.variables == {"question": "How?"} and example.label == ""
    assert seen["task"]["options"]["labels"] == ["x", "y"]

    asked = prediction(tmp_path, tmp_path / "out-1" / "checkpoint")
    (tmp_path / "predict.csv").write_text("path,id,question\n/a.png,q1,one\n/a.png,q2,two\n")
    trainer.main(["predict", str(asked)])
    rows = [json.loads(line) for line in (tmp_path / "out-predict" / "answers.jsonl").read_text().splitlines()]
    assert rows == [
        {"path": "/a.png", "answer": ["a", "one"], "id": "q1"}, {"path": "/a.png", "answer": ["a", "two"], "id": "q2"}]
